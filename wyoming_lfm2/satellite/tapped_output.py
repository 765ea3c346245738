"""A loudspeaker whose sound is listened to by those who have to know what of it the microphone hears."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import soxr

from wyoming_lfm2.satellite.ears import Played
from wyoming_lfm2.satellite.sound.player import Output

_RATE = 16_000
_MOST = 200
"""Pieces that are kept for a microphone that is away: some seconds."""


class TappedOutput:
    """Passes everything on; an :class:`~.sound.player.Output`.

    :param clock: seconds, of the clock of the microphone's frames.
    """

    def __init__(self, output: Output, clock: Callable[[], float] = time.monotonic) -> None:
        self._output = output
        self._clock = clock
        self.rate = output.rate
        self._resampler = soxr.ResampleStream(output.rate, _RATE, 1, dtype="int16", quality="LQ")
        self._played: deque[Played] = deque(maxlen=_MOST)

    @property
    def latency_s(self) -> float:
        """See the output."""
        return self._output.latency_s

    async def write(self, pcm: bytes) -> None:
        """Play samples, and keep them."""
        await self._output.write(pcm)
        samples = self._resampler.resample_chunk(np.frombuffer(pcm, "<i2"))
        behind_s = self._output.queued_bytes() / 2 / self.rate + self._output.latency_s
        if len(samples):
            self._played.append(Played(samples, self._clock() + behind_s))

    def take(self) -> Sequence[Played]:
        """What was played since this was asked last."""
        taken = list(self._played)
        self._played.clear()
        return taken

    def queued_bytes(self) -> int:
        """See the output."""
        return self._output.queued_bytes()

    async def flush(self) -> None:
        """See the output."""
        await self._output.flush()

    async def close(self) -> None:
        """See the output."""
        await self._output.close()
