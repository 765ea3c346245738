"""How much audio one piece may have, decided before the C library sees any of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.errors import AudioTooLongError, AudioTooShortError, EngineError

HOP = 160
"""Samples from one mel frame to the next."""

SHORTEST_FRAMES = 9
"""Mel frames; with fewer the encoder's subsampling leaves it nothing to attend to."""

_SUBSAMPLINGS = 3


@dataclass(frozen=True)
class AudioLimits:
    """Samples at 16 kHz that one piece has at least and at most."""

    shortest: int
    longest: int

    @classmethod
    def of(cls, encoder_longest: int, longest_piece_s: float) -> AudioLimits:
        """Limits from the encoder's file and the setting.

        :param encoder_longest: samples; llama.cpp aborts the process when the encoder's
            position table is too short for a piece.
        """
        setting = int(longest_piece_s * SAMPLE_RATE)
        return cls(shortest=(SHORTEST_FRAMES - 1) * HOP, longest=min(encoder_longest, setting))

    @property
    def longest_s(self) -> float:
        """Seconds that one piece may have."""
        return self.longest / SAMPLE_RATE

    def within(self, rows: int, rows_of: Callable[[int], int]) -> AudioLimits:
        """These limits, with pieces shortened to whole seconds until one fits into a context.

        :param rows: of context that there are.
        :param rows_of: rows that a piece of so many samples takes at most.
        """
        longest = self.longest
        while rows_of(longest) > rows and longest > SAMPLE_RATE:
            longest = max(SAMPLE_RATE, (longest - 1) // SAMPLE_RATE * SAMPLE_RATE)
        return AudioLimits(self.shortest, longest)

    def checked(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """``samples`` as the encoder may have them: float32, contiguous, finite, -1 to 1.

        Values that are not numbers become silence, values out of range are clipped.

        :raises AudioTooShortError, AudioTooLongError: by number of samples.
        :raises EngineError: it is not one channel of samples.
        """
        if samples.ndim != 1:
            raise EngineError(f"audio has {samples.ndim} dimensions; one channel of samples is expected")
        if len(samples) < self.shortest:
            raise AudioTooShortError(
                f"{len(samples) / SAMPLE_RATE:.3f} s of audio is too short; "
                f"at least {self.shortest / SAMPLE_RATE:.3f} s is needed"
            )
        if len(samples) > self.longest:
            raise AudioTooLongError(
                f"{len(samples) / SAMPLE_RATE:.1f} s of audio is too long; "
                f"one piece may have {self.longest_s:.1f} s"
            )
        finite = np.nan_to_num(samples.astype(np.float32), copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        return np.ascontiguousarray(np.clip(finite, -1.0, 1.0, out=finite))


def mel_frames(samples: int) -> int:
    """Mel frames that the encoder makes of ``samples``."""
    return samples // HOP + 1


def embedding_rows(samples: int) -> int:
    """Embeddings that the encoder makes of ``samples``: one for each 80 ms begun."""
    rows = mel_frames(samples)
    for _ in range(_SUBSAMPLINGS):
        rows = (rows + 1) // 2
    return rows
