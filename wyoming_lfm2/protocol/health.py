"""Is the server well? For containers and units: a question that only the model can answer.

``info`` would come from the event loop even if the model's worker were stuck, so
it proves little. The check speaks to the server as any client does: it sends a
second of somebody saying hello (synthetic, made with ``flite -voice slt``) and
wants words back. On the server it goes the way of any request, so that nothing
there can be wrong about being healthy; it is only neither logged nor saved.

A server that has no time for it is not ill. Then its word has to do: that it is
busy, or that its model is at work, in a step that has not lasted too long.
"""

from __future__ import annotations

import asyncio
import wave
from contextlib import suppress
from importlib.resources import files
from ipaddress import ip_address

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.protocol.client import (
    ClientError,
    NoAnswerError,
    ServerRefusedError,
    connect,
)
from wyoming_lfm2.protocol.extensions import HEALTH_CHECK, STALLED_S
from wyoming_lfm2.protocol.uri import TcpUri, UnixUri, parse_uri

_BUSY_CODES = frozenset(("busy", "audio-backlog", "too-many-connections"))
"""Errors of a server that is well and has no room for one more."""

_LOOKS = 20
"""Times that the heartbeat is looked at: between two steps it says what it says of an idle model."""

_LOOK_S = 0.1
"""Seconds between two."""


class UnhealthyError(Exception):
    """The server is not well; the text says how one can tell."""


async def check_health(uri: str, timeout_s: float = 10.0) -> str:
    """Return a line about the server if its model answers, or is only too busy to.

    :param uri: as for ``serve``; a wildcard address means this machine.
    :param timeout_s: seconds for each step: connection, info, transcript.
    :raises UnhealthyError: anything else.
    :raises ServiceError: the uri is not one.
    """
    address = _reachable(uri)
    try:
        async with connect(address, timeout_s) as client:
            info = await client.describe()
            if not info.asr or not info.asr[0].installed:
                raise UnhealthyError(f"{address}: offers no speech to text")
            audio, fmt = _hello()
            try:
                text = await client.transcribe([audio], fmt, context={HEALTH_CHECK: True})
            except NoAnswerError as error:
                if not await _works(address, timeout_s):
                    raise
                return f"{error}, but its model is at work for others"
    except ServerRefusedError as error:
        if error.code in _BUSY_CODES:
            return f"{error}: it is busy, and well"
        raise UnhealthyError(str(error)) from None
    except ClientError as error:
        raise UnhealthyError(str(error)) from None
    if not text.strip():
        raise UnhealthyError(f"{address}: the model heard nothing in a spoken word")
    models = ", ".join(model.name for model in info.asr[0].models)
    # That it speaks is not tried: the same model has just answered, and a sentence takes seconds on a small machine.
    voices = ", ".join(voice.name for program in info.tts for voice in program.voices)
    return f"{address}: {info.asr[0].name} {info.asr[0].version} answers with model {models}; " + (
        f"voices: {voices}" if voices else "it does not speak"
    )


async def _works(address: str, timeout_s: float) -> bool:
    """Whether the model is seen at work. One that hangs is, too, until the server itself says so to each request."""
    async with connect(address, timeout_s) as client:
        for _ in range(_LOOKS):
            stalled_s = (await client.ping()).get(STALLED_S)
            if not isinstance(stalled_s, int | float):
                return False
            if stalled_s > 0:
                return True
            await asyncio.sleep(_LOOK_S)
    return False


def _hello() -> tuple[bytes, PcmFormat]:
    """The spoken word and its format, with the pause after it that ends an utterance."""
    with files(__package__).joinpath("hello.wav").open("rb") as file, wave.open(file) as wav:
        fmt = PcmFormat(wav.getframerate(), wav.getsampwidth(), wav.getnchannels())
        # Samples of 8 bits are unsigned: 128 is silence.
        return wav.readframes(wav.getnframes()) + b"\x80" * fmt.rate, fmt


def _reachable(uri: str) -> str:
    where = parse_uri(uri)
    if isinstance(where, TcpUri):
        return str(TcpUri(_this_machine(where.host), where.port))
    if isinstance(where, UnixUri):
        return str(where)
    raise UnhealthyError("stdio:// cannot be checked: its only client is at the other end of the pipes")


def _this_machine(host: str) -> str:
    """The loopback address for a wildcard one, which a server binds to but nobody can ask."""
    with suppress(ValueError):
        address = ip_address(host)
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "::1"
    return host
