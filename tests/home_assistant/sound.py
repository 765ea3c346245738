"""Recordings in, recordings out: WAV bytes as Home Assistant takes and makes them."""

from __future__ import annotations

import asyncio
import struct
import wave
from array import array
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

RATE = 16_000
"""What Home Assistant's pipelines work with; 16 bit, mono."""

_CHUNK = 320
"""Bytes, 10 ms: what satellites send."""

RECORDING = Path(__file__).parents[1] / "data" / "turn_on_the_kitchen_light.wav"
SAID = "Turn on the kitchen light."


@dataclass(frozen=True)
class Sound:
    """16 bit mono."""

    rate: int
    pcm: bytes

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / 2 / self.rate

    @property
    def loudness(self) -> float:
        """Root mean square of the samples, of 32,768."""
        samples = array("h", self.pcm)
        return float((sum(s * s for s in samples) / max(1, len(samples))) ** 0.5)

    def save(self, path: Path) -> Path:
        """Write a WAV file."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(self.pcm)
        return path


def recording(path: Path = RECORDING) -> Sound:
    """A WAV file of 16 kHz, 16 bit, mono."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        return Sound(RATE, file.readframes(file.getnframes()))


def sound_of(data: bytes) -> Sound:
    """The sound in a WAV stream, whatever lengths its header claims: Home Assistant and ffmpeg write it unseen."""
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE", f"no WAV: {data[:16]!r}"
    at, rate = 12, 0
    while at + 8 <= len(data):
        name, length = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        at += 8
        if name == b"fmt ":
            _, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at)
            assert (channels, bits) == (1, 16)
        elif name == b"data":
            pcm = data[at:]
            return Sound(rate, pcm[: len(pcm) - len(pcm) % 2])
        at += length + length % 2
    return Sound(rate, b"")


async def as_spoken(sound: Sound, silence_s: float = 15.0) -> AsyncIterator[bytes]:
    """The sound as a microphone brings it, 10 ms every 10 ms, and then the silence of the room."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    pcm = sound.pcm + bytes(2 * int(silence_s * RATE))
    for number, at in enumerate(range(0, len(pcm), _CHUNK)):
        await asyncio.sleep(begun + number * 0.01 - loop.time())
        yield pcm[at : at + _CHUNK]


async def at_once(sound: Sound) -> AsyncIterator[bytes]:
    """The sound as a file: all of it now, and its end."""
    for at in range(0, len(sound.pcm), _CHUNK):
        yield sound.pcm[at : at + _CHUNK]
