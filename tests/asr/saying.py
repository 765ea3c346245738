"""Saying things to an utterance, and waiting for what comes of it."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.asr.stand_in import LevelDetector, ScriptedTranscriber
from wyoming_lfm2.asr.stream import AsrStream
from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
from wyoming_lfm2.config.settings import EndpointingSettings, HearingSettings

FORMAT = PcmFormat(16_000, 2, 1)
ENDPOINTING = EndpointingSettings(enabled=True)


def speech(seconds: float) -> bytes:
    """What the detector of these tests takes for speech."""
    rng = np.random.default_rng(1)
    return encode_s16(rng.uniform(-0.5, 0.5, int(seconds * 16_000)).astype(np.float32))


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * 16_000))


def utterance(
    engine: ScriptedTranscriber, endpointing: EndpointingSettings | None = None, **hearing: float | None
) -> AsrStream:
    return AsrStream(engine, HearingSettings(**hearing), endpointing, make_detector=LevelDetector)


async def say(heard: AsrStream, pcm: bytes, chunk: int = 320) -> None:
    for at in range(0, len(pcm), chunk):
        await heard.feed(pcm[at : at + chunk], FORMAT)


async def text_of(heard: AsrStream) -> str:
    return "".join([fragment async for fragment in heard.fragments()])


async def settle(condition: str, check: object) -> None:
    """Wait for something that happens in other tasks and threads."""
    for _ in range(2_000):
        if check():  # type: ignore[operator]
            return
        await asyncio.sleep(0.005)
    pytest.fail(f"it never came to pass that {condition}")
