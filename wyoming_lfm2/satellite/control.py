"""The control socket: one JSON object a line, for buttons, lights and scripts on the same machine.

Each request, such as ``{"do": "mute"}``, is answered by ``{"ok": true}`` or ``{"ok": false, "error": "..."}``.
In between come the satellite's events, ``{"event": "state", "state": "listening"}``, of which the first says how
things are at the beginning.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.uri import UnixUri
from wyoming_lfm2.server.sockets import bind_unix, remove_unix

_LOGGER = logging.getLogger(__name__)

LONGEST_LINE = 64 * 1024
MOST_CLIENTS = 32
_UNREAD_LIMIT = 256 * 1024
"""Bytes that a client may leave unread before it is hung up on: it would fill the memory."""


class ControlError(Exception):
    """A request cannot be done, or the socket cannot be made; the text says why."""


@dataclass(frozen=True)
class Wake:
    """Listen, as after a wake word."""

    pipeline: str | None = None


@dataclass(frozen=True)
class Button:
    """The one button: listen, or stop what is going on."""

    pipeline: str | None = None


@dataclass(frozen=True)
class Stop:
    """Be quiet."""


@dataclass(frozen=True)
class Mute:
    """The microphone; None changes from one to the other."""

    muted: bool | None


@dataclass(frozen=True)
class Volume:
    """Of everything that is played."""

    volume: float
    """0 to 1; of a step -1 to 1."""
    is_step: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """Of one wake word."""

    wake_word: str
    sensitivity: str | float


@dataclass(frozen=True)
class Say:
    """Speak a text."""

    text: str


ControlRequest = Wake | Button | Stop | Mute | Volume | Sensitivity | Say

_KEYS = {
    "wake": {"pipeline"},
    "button": {"pipeline"},
    "stop": set[str](),
    "mute": set[str](),
    "unmute": set[str](),
    "toggle-mute": set[str](),
    "volume": {"volume", "by"},
    "sensitivity": {"wake_word", "sensitivity"},
    "say": {"text"},
}


def read_request(line: bytes) -> ControlRequest:
    """Read one line.

    :raises ControlError: it is no request; says which there are.
    """
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise ControlError('That is no JSON. Write for example {"do": "wake"}.') from None
    do = given.get("do") if isinstance(given, dict) else None
    if not isinstance(do, str) or do not in _KEYS:
        raise ControlError(f'There is no such request. Write {{"do": ...}} with one of {", ".join(_KEYS)}.')
    values = {key: value for key, value in given.items() if key != "do"}
    if unknown := values.keys() - _KEYS[do]:
        known = f"it takes {', '.join(sorted(_KEYS[do]))}" if _KEYS[do] else "it takes nothing"
        raise ControlError(f"{do} does not take {', '.join(sorted(unknown))}: {known}.")
    return _request(do, values)


def _request(do: str, values: Mapping[str, Any]) -> ControlRequest:
    request: ControlRequest | None = None
    wanted = 'a name as "pipeline"'
    match do:
        case "wake" | "button":
            pipeline = values.get("pipeline")
            if pipeline is None or (isinstance(pipeline, str) and pipeline):
                request = Wake(pipeline) if do == "wake" else Button(pipeline)
        case "stop":
            request = Stop()
        case "volume":
            wanted = '"volume" from 0 to 1, or "by" from -1 to 1'
            request = _volume(values)
        case "sensitivity":
            wanted = '"wake_word", and "sensitivity": low, medium, high or a probability'
            word, level = values.get("wake_word"), values.get("sensitivity")
            if isinstance(word, str) and isinstance(level, str | int | float) and not isinstance(level, bool):
                request = Sensitivity(word, level)
        case "say":
            wanted = '"text"'
            if isinstance(text := values.get("text"), str) and text.strip():
                request = Say(text)
        case _:
            request = Mute({"mute": True, "unmute": False}.get(do))
    if request is None:
        raise ControlError(f"{do} needs {wanted}.")
    return request


def _volume(values: Mapping[str, Any]) -> Volume | None:
    if len(values) != 1:
        return None
    ((key, value),) = values.items()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    lowest = -1 if key == "by" else 0
    return Volume(float(value), is_step=key == "by") if lowest <= value <= 1 else None


class ControlSocket:
    """A server on a unix socket. To be used from one event loop.

    :param path: of the socket; its folder must exist.
    :param do: does a request; raises :class:`ControlError` if it cannot be done.
    :param snapshot: how things are, for a client that has just come.
    :param mode: who may use the socket.
    """

    def __init__(
        self,
        path: Path,
        do: Callable[[ControlRequest], Awaitable[None]],
        snapshot: Callable[[], Mapping[str, Any]],
        mode: int = 0o660,
    ) -> None:
        self._path = path
        self._do = do
        self._snapshot = snapshot
        self._mode = mode
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self._inode = -1

    async def start(self) -> None:
        """Listen.

        :raises ControlError: the path cannot be used, or another satellite uses it.
        """
        # The mode holds from the first moment on. The umask is of the whole process: nothing may be awaited here.
        before = os.umask(0o777 & ~self._mode)
        try:
            listening = bind_unix(UnixUri(self._path))
        except ServiceError as error:
            raise ControlError(f"The control socket cannot be made: {error}.") from None
        finally:
            os.umask(before)
        self._inode = self._path.lstat().st_ino
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LONGEST_LINE)

    def publish(self, event: str, data: Mapping[str, Any]) -> None:
        """Tell every client; one that does not read is hung up on."""
        line = _line({"event": event, **data})
        for writer in self._clients:
            if writer.transport.get_write_buffer_size() > _UNREAD_LIMIT:
                _LOGGER.warning("A client of the control socket does not read what it is told; hung up on it")
                writer.transport.abort()
            elif not writer.is_closing():
                writer.write(line)

    async def close(self) -> None:
        """Hang up on everybody and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for writer, task in list(self._clients.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._clients.values(), return_exceptions=True)
        remove_unix(self._path, self._inode)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= MOST_CLIENTS:
            writer.write(_line({"ok": False, "error": f"There are already {MOST_CLIENTS} clients."}))
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._clients[writer] = task
        try:
            writer.write(_line({"event": "state", **self._snapshot()}))
            while line := await reader.readuntil(b"\n"):
                if line.strip():
                    writer.write(_line(await self._answer(line)))
                    await writer.drain()
        except asyncio.IncompleteReadError as end:
            # A script may leave out the last newline.
            if end.partial.strip():
                writer.write(_line(await self._answer(end.partial)))
        except asyncio.LimitOverrunError:
            writer.write(_line({"ok": False, "error": f"A line has at most {LONGEST_LINE} bytes."}))
        except OSError:
            pass  # it has hung up
        except asyncio.CancelledError:
            pass  # by close() alone; Python 3.11 would report a task that ends cancelled as a failed callback
        finally:
            del self._clients[writer]
            writer.close()

    async def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            await self._do(read_request(line))
        except ControlError as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True}


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"
