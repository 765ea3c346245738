"""Devices that die are found out and come back; lost sound is counted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable

import numpy as np
import pytest

from wyoming_lfm2.satellite.sound.device import FRAME_SAMPLES, MICROPHONE_RATE, MicrophoneFrame, SoundError
from wyoming_lfm2.satellite.sound.supervisor import (
    BACK_OFF_S,
    LossClock,
    SupervisedLoudspeaker,
    SupervisedMicrophone,
)

FRAME_S = FRAME_SAMPLES / MICROPHONE_RATE


class Scripted:
    """A microphone that gives what it was told and then fails."""

    def __init__(self, frames: Iterable[MicrophoneFrame], *, opens: bool = True) -> None:
        self._frames = frames
        self._opens = opens
        self.closed = False

    async def open(self) -> None:
        if not self._opens:
            raise SoundError("no such device")

    async def frames(self) -> AsyncIterator[MicrophoneFrame]:
        for frame in self._frames:
            yield frame
        raise SoundError("unplugged")

    async def close(self) -> None:
        self.closed = True


def noise(count: int, begin: float = 0.0, speed: float = 1.0) -> list[MicrophoneFrame]:
    samples = np.ones(FRAME_SAMPLES, np.int16)
    return [MicrophoneFrame(samples, begin + (i + 1) * FRAME_S * speed) for i in range(count)]


def silence(count: int, begin: float = 0.0) -> list[MicrophoneFrame]:
    samples = np.zeros(FRAME_SAMPLES, np.int16)
    return [MicrophoneFrame(samples, begin + (i + 1) * FRAME_S) for i in range(count)]


def maker(microphones: list[Scripted]) -> Callable[[], Scripted]:
    made = iter(microphones)
    return lambda: next(made)


async def test_a_microphone_that_goes_comes_back_with_growing_pauses() -> None:
    pauses: list[float] = []
    told: list[str] = []
    microphones = [Scripted(noise(3)), *(Scripted((), opens=False) for _ in range(8)), Scripted(noise(100))]
    supervised = SupervisedMicrophone(
        maker(microphones),
        on_lost=lambda error: told.append(str(error)),
        on_found=lambda: told.append("found"),
        sleep=pauses.append,
    )
    frames = supervised.frames()
    got = [await anext(frames) for _ in range(10)]
    await frames.aclose()
    assert len(got) == 10
    assert told == ["found", "unplugged", "found"]
    assert pauses == [*BACK_OFF_S, BACK_OFF_S[-1], BACK_OFF_S[-1]]
    assert all(microphone.closed for microphone in microphones)


async def test_a_microphone_that_was_never_there_is_told_once() -> None:
    told: list[str] = []
    microphones = [*(Scripted((), opens=False) for _ in range(5)), Scripted(noise(5))]
    supervised = SupervisedMicrophone(
        maker(microphones), on_lost=lambda error: told.append(str(error)), sleep=lambda _: None
    )
    frames = supervised.frames()
    await anext(frames)
    await frames.aclose()
    assert told == ["no such device"]


async def test_digital_silence_opens_the_device_anew_once(caplog: pytest.LogCaptureFixture) -> None:
    second = Scripted([*silence(400), *noise(5, begin=400 * FRAME_S)])
    supervised = SupervisedMicrophone(maker([Scripted(silence(400)), second]), sleep=lambda _: None)
    frames = supervised.frames()
    with caplog.at_level(logging.WARNING):
        while not (await anext(frames)).samples.any():
            pass
    await frames.aclose()
    assert supervised.openings == 2
    assert sum("digital silence" in record.message for record in caplog.records) == 1


async def test_a_device_that_falls_behind_the_clock_is_opened_anew() -> None:
    # 1.1 times as slow as the clock: 3 s are missing after half a minute.
    slow = Scripted(noise(2000, speed=1.1))
    told: list[str] = []
    supervised = SupervisedMicrophone(
        maker([slow, Scripted(noise(5))]), on_lost=lambda error: told.append(str(error)), sleep=lambda _: None
    )
    frames = supervised.frames()
    while not told:
        await anext(frames)
    await frames.aclose()
    assert "behind the clock" in told[0]
    assert supervised.lost_s > 2.9


def test_bursts_are_no_loss() -> None:
    clock = LossClock()
    now, lost = 0.0, 0.0
    for burst in range(200):
        now = 0.128 * (burst + 1) + (0.05 if burst % 3 else 0.0)
        for _ in range(4):
            lost += clock.count(FRAME_SAMPLES, now)
    assert lost == 0.0


def test_samples_that_never_come_are_counted() -> None:
    clock = LossClock()
    lost = 0.0
    for frame in noise(200):
        lost += clock.count(FRAME_SAMPLES, frame.captured_at)
    for frame in noise(200, begin=200 * FRAME_S + 0.5):
        lost += clock.count(FRAME_SAMPLES, frame.captured_at)
    assert lost == pytest.approx(0.5, abs=0.01)
    assert clock.lost_s == pytest.approx(0.5, abs=0.01)


class FrailLoudspeaker:
    """Fails at the second write."""

    rate = 24_000
    latency_s = 0.01

    def __init__(self) -> None:
        self.writes = 0

    async def open(self) -> None:
        pass

    async def write(self, pcm: bytes) -> None:
        self.writes += 1
        if self.writes == 2:
            raise SoundError("gone")

    def queued_bytes(self) -> int:
        return 0

    async def flush(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def test_a_loudspeaker_that_goes_does_not_stop_the_player_and_comes_back() -> None:
    told: list[str] = []
    made: list[FrailLoudspeaker] = []

    def make() -> FrailLoudspeaker:
        made.append(FrailLoudspeaker())
        return made[-1]

    supervised = SupervisedLoudspeaker(
        make, on_lost=lambda error: told.append(str(error)), on_found=lambda: told.append("found")
    )
    block = bytes(480 * 2)
    for _ in range(20):
        await supervised.write(block)
        if told.count("found") == 2:
            break
    assert told[:3] == ["found", "gone", "found"]
    await supervised.close()
