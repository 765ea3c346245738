"""A microphone and a loudspeaker that exist in memory, for tests, demonstrations and measurements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.sound.device import FRAME_SAMPLES, MICROPHONE_RATE, MicrophoneFrame, SoundError


class FakeRoom:
    """What is said in a room and what its loudspeaker plays, on a clock that only moves when somebody moves it."""

    def __init__(self, rate: int = 24_000) -> None:
        """:param rate: hertz of the loudspeaker."""
        self.now = 0.0
        """Seconds."""
        self.rate = rate
        self.said = np.zeros(0, np.int16)
        """16 kHz; from :attr:`now` on, silence behind it."""
        self.heard: list[NDArray[np.int16]] = []
        """What the loudspeaker played."""
        self.broken: SoundError | None = None
        """Set: the microphone has gone."""
        self._moved = asyncio.Condition()

    def say(self, samples: NDArray[np.int16]) -> None:
        """Somebody speaks, behind what was said before."""
        self.said = np.concatenate([self.said, samples])

    async def pass_time(self, seconds: float) -> None:
        """Let the clock move on, frame by frame, and everything happen that follows."""
        for _ in range(max(1, round(seconds * MICROPHONE_RATE / FRAME_SAMPLES))):
            async with self._moved:
                self.now += FRAME_SAMPLES / MICROPHONE_RATE
                self._moved.notify_all()
            for _ in range(10):
                await asyncio.sleep(0)

    def next_frame(self) -> NDArray[np.int16]:
        """What the microphone hears next, shape ``(512,)``."""
        frame, self.said = self.said[:FRAME_SAMPLES], self.said[FRAME_SAMPLES:]
        return np.concatenate([frame, np.zeros(FRAME_SAMPLES - len(frame), np.int16)])

    async def until(self, moment: float) -> None:
        """Return when the clock is there."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.now >= moment or self.broken is not None)


class FakeMicrophone:
    """Hears a room."""

    def __init__(self, room: FakeRoom) -> None:
        self._room = room

    async def open(self) -> None:
        """Begin to hear."""
        if self._room.broken is not None:
            raise self._room.broken

    async def frames(self) -> AsyncIterator[MicrophoneFrame]:
        """One frame for each 32 ms of the room's clock."""
        moment = self._room.now
        while True:
            moment += FRAME_SAMPLES / MICROPHONE_RATE
            await self._room.until(moment)
            if self._room.broken is not None:
                raise self._room.broken
            yield MicrophoneFrame(self._room.next_frame(), moment)

    async def close(self) -> None:
        """Nothing to free."""


class FakeLoudspeaker:
    """Is heard in a room at once."""

    latency_s = 0.0

    def __init__(self, room: FakeRoom) -> None:
        self._room = room
        self.rate = room.rate
        self._until = room.now
        self.flushed = 0

    async def open(self) -> None:
        """Begin to play."""
        self._until = self._room.now

    async def write(self, pcm: bytes) -> None:
        """Play in the room's time."""
        samples = np.frombuffer(pcm, np.int16)
        self._until += len(samples) / self.rate
        await self._room.until(self._until)
        self._room.heard.append(samples)

    def queued_bytes(self) -> int:
        """None: what was written has been heard."""
        return 0

    async def flush(self) -> None:
        """Nothing is queued."""
        self.flushed += 1

    async def close(self) -> None:
        """Nothing to free."""
