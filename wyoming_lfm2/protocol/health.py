"""Is the server well? For containers and units: a question that only the model can answer.

``info`` would come from the event loop even if the model's worker were stuck, so
it proves little. The check speaks to the server as any client does: it sends a
second of somebody saying hello (synthetic, made with ``flite -voice slt``) and
wants words back. Nothing on the server knows that it is a check, so nothing on
the server can be wrong about being healthy.
"""

from __future__ import annotations

import wave
from contextlib import suppress
from importlib.resources import files
from ipaddress import ip_address

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.protocol.client import ClientError, connect
from wyoming_lfm2.protocol.uri import TcpUri, UnixUri, parse_uri


class UnhealthyError(Exception):
    """The server is not well; the text says how one can tell."""


async def check_health(uri: str, timeout_s: float = 10.0) -> str:
    """Return a line about the server if its model answers.

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
            text = await client.transcribe([audio], fmt)
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
