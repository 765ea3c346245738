"""A client that speaks in real time and notes when the transcript comes."""

from __future__ import annotations

import asyncio
import time
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error

_RATE = 16_000
_EVENT = 160
"""Samples in an event: Home Assistant's pipelines send 10 ms."""
_SPEECH = Path(__file__).parent.parent / "tests" / "data" / "turn_on_the_kitchen_light.wav"
_LOUD = 0.02
"""Of full scale: louder samples are taken for speech."""


def spoken(seconds: int) -> NDArray[np.int16]:
    """So many seconds of speech, without silence before or after it; int16, 16 kHz."""
    with wave.open(str(_SPEECH)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    loud = np.flatnonzero(np.abs(samples) > _LOUD * 32768)
    samples = samples[loud[0] : loud[-1]]
    # From its end, so that speech goes on until the last sample whatever the length.
    return np.tile(samples, seconds * _RATE // len(samples) + 1)[-seconds * _RATE :]


async def transcript_after_stop(port: int, samples: NDArray[np.int16]) -> float:
    """Seconds from ``audio-stop`` to ``transcript``."""
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await _begin(client)
        await _speak(client, samples)
        start = time.perf_counter()
        await client.write_event(AudioStop().event())
        return await _transcript(client) - start


async def transcript_after_silence(port: int, samples: NDArray[np.int16], silence_s: float) -> float:
    """Seconds from ``silence_s`` after the last of ``samples`` to ``transcript``; silence goes on meanwhile."""
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await _begin(client)
        await _speak(client, samples)
        spoken_until = time.perf_counter()
        silence = asyncio.create_task(_speak(client, np.zeros(10 * _RATE, np.int16)))
        try:
            return await _transcript(client) - spoken_until - silence_s
        finally:
            silence.cancel()
            await asyncio.gather(silence, return_exceptions=True)


async def _begin(client: AsyncTcpClient) -> None:
    await client.write_event(Transcribe(language="en").event())
    await client.write_event(AudioStart(rate=_RATE, width=2, channels=1).event())


async def _speak(client: AsyncTcpClient, samples: NDArray[np.int16]) -> None:
    began = time.perf_counter()
    for start in range(0, len(samples), _EVENT):
        await asyncio.sleep(began + start / _RATE - time.perf_counter())
        audio = samples[start : start + _EVENT].tobytes()
        await client.write_event(AudioChunk(rate=_RATE, width=2, channels=1, audio=audio).event())


async def _transcript(client: AsyncTcpClient) -> float:
    """When it came."""
    while (event := await client.read_event()) is not None:
        if Transcript.is_type(event.type):
            return time.perf_counter()
        if Error.is_type(event.type):
            raise RuntimeError(Error.from_event(event).text)
    raise RuntimeError("the server closed the connection")
