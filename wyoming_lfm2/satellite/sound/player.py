"""One loudspeaker for everything that the satellite has to say: in order of importance, ducked, and timed.

The output is always open and fed with silence: a device that sleeps swallows the first third of a second of what it is
given. One task writes 20 ms after the other; what is written is at most a pipe and a device's buffer ahead, so that a
stop is heard at once and the moment at which a sound has been heard is known.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from wyoming_lfm2.satellite.sound.device import SAMPLE_BYTES

_LOGGER = logging.getLogger(__name__)

BLOCK_S = 0.02
"""Seconds that are written at once."""


class Priority(IntEnum):
    """Which sound is heard where two want to be; the higher one cuts the lower one off."""

    CHIME = 0
    ANSWER = 1
    ANNOUNCEMENT = 2
    ALARM = 3


class Output(Protocol):
    """A :class:`~.device.Loudspeaker` that never fails."""

    rate: int

    @property
    def latency_s(self) -> float:
        """Seconds between the device's taking a sample and its being heard."""
        ...

    async def write(self, pcm: bytes) -> None:
        """Play samples."""
        ...

    def queued_bytes(self) -> int:
        """Bytes that the device has not taken yet."""
        ...

    async def flush(self) -> None:
        """Drop what is not heard yet."""
        ...

    async def close(self) -> None:
        """Free the device."""
        ...


class Sound:
    """A sound that is played as it comes: :meth:`append`, then :meth:`finish`."""

    def __init__(
        self,
        priority: Priority,
        rate: int,
        on_played: Callable[[bool], None] = lambda _: None,
        gain_db: float = 0.0,
    ) -> None:
        """Make one; :meth:`Player.play` plays it.

        :param rate: hertz of what is appended.
        :param on_played: called exactly once, when its end has been heard (``True``), or it was cut off (``False``).
        :param gain_db: on top of the player's volume; a ringing timer has a volume of its own.
        """
        self.priority = priority
        self.rate = rate
        self.gain_db = gain_db
        self.finished = False
        self._on_played: Callable[[bool], None] | None = on_played
        # In pieces as they came: joining them each time would cost a long answer seconds of the event loop.
        self._pieces: deque[NDArray[np.float32]] = deque()
        self._resampler: soxr.ResampleStream | None = None
        self._output_rate = rate

    def append(self, pcm: bytes) -> None:
        """Add samples, signed 16 bit mono."""
        if self.finished or not pcm:
            return
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        self._keep(samples)

    def finish(self) -> None:
        """Nothing more comes."""
        if not self.finished:
            self.finished = True
            if self._resampler is not None:
                rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
                self._keep(rest)

    def begin(self, output_rate: int) -> None:
        """It is going to be played at ``output_rate``; what was appended before is converted."""
        if output_rate == self._output_rate:
            return
        self._output_rate = output_rate
        self._resampler = soxr.ResampleStream(self.rate, output_rate, 1, dtype="float32", quality="MQ")
        waiting = np.concatenate([np.zeros(0, np.float32), *self._pieces])
        self._pieces.clear()
        self._keep(self._resampler.resample_chunk(waiting, last=self.finished))

    def take(self, count: int) -> NDArray[np.float32]:
        """The next samples, fewer at the end or while more is on its way."""
        taken = [np.zeros(0, np.float32)]
        while self._pieces and count:
            piece = self._pieces.popleft()
            if len(piece) > count:
                self._pieces.appendleft(piece[count:])
                piece = piece[:count]
            taken.append(piece)
            count -= len(piece)
        return np.concatenate(taken)

    def _keep(self, samples: NDArray[np.float32]) -> None:
        if len(samples):
            self._pieces.append(samples)

    @property
    def exhausted(self) -> bool:
        """Whether all of it has been taken."""
        return self.finished and not self._pieces

    def played(self, complete: bool) -> None:
        """Tell, once."""
        told, self._on_played = self._on_played, None
        if told is not None:
            told(complete)


class Player:
    """Plays sounds on one output. To be used from one event loop."""

    def __init__(self, output: Output, *, duck_db: float = -15.0) -> None:
        """:param duck_db: how much softer everything is while :meth:`duck` holds."""
        self._output = output
        self._waiting: list[Sound] = []
        self._current: Sound | None = None
        self._volume = 1.0
        self._duck_gain = 10.0 ** (duck_db / 20.0)
        self._ducked = False
        self._gain = 1.0
        self._written = 0
        self._ends: list[tuple[int, Sound]] = []
        self._cut = False
        self._task: asyncio.Task[None] | None = None

    @property
    def playing(self) -> bool:
        """Whether anything is being heard, or waits for its turn."""
        return self._current is not None or bool(self._waiting) or bool(self._ends)

    @property
    def volume(self) -> float:
        """0 to 1, of everything."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = min(1.0, max(0.0, volume))

    def start(self) -> None:
        """Begin to feed the output."""
        self._task = asyncio.create_task(self._feed(), name="wyoming-lfm2 player")

    async def close(self) -> None:
        """Stop at once and free the output."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._drop_all()
        await self._output.close()

    def play(self, sound: Sound) -> None:
        """Play it now, or when its turn comes: behind its equals, before lesser ones, which it cuts off."""
        sound.begin(self._output.rate)
        if self._current is not None and self._current.priority < sound.priority:
            self._cut = True
            self._drop_current()
        place = next(
            (i for i, other in enumerate(self._waiting) if other.priority < sound.priority),
            len(self._waiting),
        )
        self._waiting.insert(place, sound)

    def stop(self, sound: Sound | None = None) -> None:
        """Cut off one sound, or everything; nothing of it is heard after some tens of milliseconds."""
        if sound is None:
            self._cut = self._cut or self.playing
            self._drop_all()
        elif sound is self._current or any(sound is other for _, other in self._ends):
            self._cut = True
            self._ends = [(end, other) for end, other in self._ends if other is not sound]
            if sound is self._current:
                self._current = None
            sound.played(False)
        elif sound in self._waiting:
            self._waiting.remove(sound)
            sound.played(False)

    def duck(self) -> None:
        """Be softer: somebody may be speaking."""
        self._ducked = True

    def unduck(self) -> None:
        """Be as loud as before."""
        self._ducked = False

    def _drop_current(self) -> None:
        sound, self._current = self._current, None
        if sound is not None:
            sound.played(False)

    def _drop_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        ends, self._ends = self._ends, []
        self._drop_current()
        for sound in [*waiting, *(sound for _, sound in ends)]:
            sound.played(False)

    async def _feed(self) -> None:
        block = int(BLOCK_S * self._output.rate)
        while True:
            if self._cut:
                self._cut = False
                await self._output.flush()
                self._written = 0
                self._ends = [(0, sound) for _, sound in self._ends]
            samples = self._next(block)
            await self._output.write(samples.tobytes())
            self._written += len(samples)
            self._tell_played()

    def _next(self, block: int) -> NDArray[np.int16]:
        mixed = np.zeros(block, np.float32)
        filled = 0
        own = 1.0
        while filled < block:
            if self._current is None:
                if not self._waiting:
                    break
                self._current = self._waiting.pop(0)
            own = 10.0 ** (self._current.gain_db / 20.0)
            taken = self._current.take(block - filled)
            mixed[filled : filled + len(taken)] = taken * own
            filled += len(taken)
            if self._current.exhausted:
                self._ends.append((self._written + filled, self._current))
                self._current = None
            elif not len(taken):
                break
        target = self._volume * (self._duck_gain if self._ducked else 1.0)
        gains = np.linspace(self._gain, target, block, dtype=np.float32)
        self._gain = target
        samples: NDArray[np.int16] = np.clip(np.rint(mixed * gains), -32768, 32767).astype(np.int16)
        return samples

    def _tell_played(self) -> None:
        heard = (
            self._written
            - self._output.queued_bytes() // SAMPLE_BYTES
            - int(self._output.latency_s * self._output.rate)
        )
        while self._ends and self._ends[0][0] <= heard:
            _, sound = self._ends.pop(0)
            sound.played(True)
