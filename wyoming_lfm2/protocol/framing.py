"""Wyoming events on a byte stream: one header line, a JSON block, a payload.

The ``wyoming`` library defines the format and its :class:`~wyoming.event.Event`
is used everywhere here. Its reader is not: it takes a client's word for every
length and lets a malformed header escape as ``KeyError`` or ``AttributeError``.
This one allocates nothing that it has not checked, and knows three outcomes: an
event, the end of the stream, or :class:`BadEventError`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from wyoming import version
from wyoming.event import Event

from wyoming_lfm2.protocol.errors import BadEventError

MAX_HEADER = 64 * 1024
"""Bytes in a header line; also the limit that Home Assistant's reader has."""

MAX_DATA = 1024 * 1024
"""Bytes in a JSON block."""

MAX_PAYLOAD = 4 * 1024 * 1024
"""Bytes in a payload: two minutes of what Home Assistant sends, in one chunk."""


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """Read the next event; ``None`` if the stream ended where an event could begin.

    :param reader: made with ``limit=MAX_HEADER``.
    :raises BadEventError: the bytes are no event, or the stream ended inside one.
        Where the next event would begin is unknown then.
    :raises OSError: the connection broke.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        text = f"The header line is longer than {MAX_HEADER} bytes; data belongs in the data_length block"
        raise BadEventError(text, "event-too-large") from None
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise BadEventError("The stream ended inside a header line", "truncated-event") from None

    header = _parse_object(line, "The header")
    event_type = header.get("type")
    if not isinstance(event_type, str) or not event_type:
        raise BadEventError("The header has no type")
    data = header.get("data", {})
    if not isinstance(data, dict):
        raise BadEventError("The header's data is not an object")

    data_length = _length(header, "data_length", MAX_DATA)
    payload_length = _length(header, "payload_length", MAX_PAYLOAD)
    if data_length:
        block = await _read_exactly(reader, data_length, "data")
        data = {**data, **_parse_object(block, "The data block")}
    payload = await _read_exactly(reader, payload_length, "payload") if payload_length else None
    return Event(type=event_type, data=data, payload=payload)


def encode_event(event: Event) -> bytes:
    """The bytes of an event; all data goes into the block, so that the header stays short.

    Lone surrogates, which JSON escapes can smuggle in and UTF-8 cannot carry,
    become question marks.
    """
    header: dict[str, Any] = {"type": event.type, "version": version.__version__}
    data = json.dumps(event.data, ensure_ascii=False).encode("utf-8", "replace") if event.data else b""
    payload = event.payload or b""
    if data:
        header["data_length"] = len(data)
    if payload:
        header["payload_length"] = len(payload)
    line = json.dumps(header, ensure_ascii=False).encode("utf-8", "replace")
    return b"".join((line, b"\n", data, payload))


async def _read_exactly(reader: asyncio.StreamReader, length: int, what: str) -> bytes:
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        text = f"The stream ended after {len(error.partial)} of {length} bytes of {what}"
        raise BadEventError(text, "truncated-event") from None


def _parse_object(raw: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadEventError(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise BadEventError(f"{what} is not a JSON object")
    return value


def _refuse_constant(name: str) -> float:
    """NaN and Infinity are Python's, not JSON's; echoed, they would break the client's parser."""
    raise ValueError(name)


def _length(header: dict[str, Any], key: str, limit: int) -> int:
    value = header.get(key)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadEventError(f"{key} is not a length")
    if value > limit:
        raise BadEventError(f"{key} is over the limit of {limit} bytes", "event-too-large")
    return value
