"""Holds the newest part of an audio stream, found by position, until pieces have been cut out of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST_CAPACITY = 16_384


class SampleBuffer:
    """A window on a stream: samples are added at its end and dropped from its beginning.

    Positions count from the stream's first sample.
    """

    def __init__(self) -> None:
        self._data: NDArray[np.float32] = np.empty(_LEAST_CAPACITY, dtype=np.float32)
        self._begin = 0  # index in _data of the first sample held
        self._count = 0
        self.start = 0
        """Position of the first sample held."""

    def __len__(self) -> int:
        return self._count

    @property
    def end(self) -> int:
        """Position after the last sample held."""
        return self.start + self._count

    def append(self, samples: NDArray[np.float32]) -> None:
        """Add samples at the end."""
        if self._begin + self._count + len(samples) > len(self._data):
            self._make_room(len(samples))
        at = self._begin + self._count
        self._data[at : at + len(samples)] = samples
        self._count += len(samples)

    def drop_before(self, position: int) -> None:
        """Forget what is before a position."""
        gone = min(max(position - self.start, 0), self._count)
        self._begin += gone
        self._count -= gone
        self.start += gone

    def view(self, start: int, end: int) -> NDArray[np.float32]:
        """What is held of the samples from ``start`` to before ``end``; valid until the next change."""
        first = self._begin + max(start - self.start, 0)
        last = self._begin + min(max(end - self.start, 0), self._count)
        return self._data[first : max(first, last)]

    def _make_room(self, more: int) -> None:
        held = self._data[self._begin : self._begin + self._count]
        self._data = np.empty(max(_LEAST_CAPACITY, 2 * (self._count + more)), dtype=np.float32)
        self._data[: self._count] = held
        self._begin = 0
