"""Whether somebody speaks over the satellite's own voice, without taking that voice away.

In each band of frequencies it is learnt, while the satellite speaks, how loud its echo becomes at most, next to what
was played lately. A frame that is clearly louder than that in several bands at once holds something else.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.wake_word import RATE

Samples = NDArray[np.int16]
Powers = NDArray[np.float64]

FRAME = 512
FRAME_S = FRAME / RATE
_BANDS = 16
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 6000.0
_AHEAD = 3
"""Frames by which an echo may seem to come before its sound: the devices' times are not exact."""
_LAGS = 16
"""Frames of sound that an echo may be of, those ahead included."""
_DECAY = 0.5
"""Power of an echo that is left a frame later."""
_LEARNT, _REMEMBERED = 30, 200
"""Frames with sound after which the measure is of use, and of which it is taken."""
_USUAL = 0.9
"""The part of these frames that the measure is above of; somebody may have spoken in the others."""
_EXCESS = 10 ** (5 / 10)
_BANDS_WITH_MORE = 5
_HELD = 6
"""Frames for which somebody stays: words have weak parts."""
_AUDIBLE = 1.0
"""Mean square of samples, of full scale 32768²."""


class EchoGate:
    """Takes both streams, and judges the microphone's frame by frame."""

    def __init__(self) -> None:
        edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _BANDS + 1) / RATE * FRAME
        self._edges = np.unique(np.round(edges).astype(int))
        self._bands = len(self._edges) - 1
        self._window = np.hanning(FRAME)
        self._rest = np.zeros(0, np.int16)
        self._played: deque[tuple[float, Powers]] = deque()
        self._fading = _DECAY ** np.maximum(np.arange(_LAGS) - _AHEAD, 0)[:, np.newaxis]
        self._noise = np.full(self._bands, np.inf)
        self._ratios = np.zeros((_REMEMBERED, self._bands))
        self._seen = 0
        self._hold = 0

    def play(self, samples: Samples, heard_at: float) -> None:
        """Take what is played; see :class:`~wyoming_lfm2.satellite.echo.EchoReducer`."""
        waiting = np.concatenate([self._rest, samples])
        whole = len(waiting) // FRAME * FRAME
        self._rest = waiting[whole:]
        for begin in range(0, whole, FRAME):
            behind = (len(waiting) - begin - FRAME) / RATE
            self._played.append((heard_at - behind, self._powers(waiting[begin : begin + FRAME])))
        while self._played and self._played[0][0] < heard_at - 2.0:
            self._played.popleft()

    def has_somebody(self, samples: Samples, captured_at: float) -> bool:
        """Judge the microphone's next frame: whether it may hold more than an echo.

        :param samples: int16, shape ``(512,)``.
        """
        heard = self._powers(samples)
        played = self._lately(captured_at)
        if played.max() < _AUDIBLE:
            self._noise = np.minimum(self._noise * 1.02, heard + _AUDIBLE / self._bands)
            return True
        noise = np.where(np.isfinite(self._noise), self._noise, 0.0) + _AUDIBLE / self._bands
        self._hold = max(self._hold - 1, 0)
        if self._seen >= _LEARNT:
            usual = np.quantile(self._ratios[: self._seen], _USUAL, axis=0)
            more = heard > _EXCESS * (usual * played + noise)
            if np.count_nonzero(more) >= _BANDS_WITH_MORE:
                self._hold = _HELD
        self._ratios[self._seen % _REMEMBERED] = heard / (played + noise)
        self._seen += 1
        return self._hold > 0

    def _lately(self, captured_at: float) -> Powers:
        """The loudest that may still be heard of what was played, by band."""
        found = np.zeros((_LAGS, self._bands))
        for heard_at, powers in self._played:
            place = round((captured_at - heard_at) / FRAME_S) + _AHEAD
            if 0 <= place < _LAGS:
                found[place] += powers
        loudest: Powers = (found * self._fading).max(axis=0)
        return loudest

    def _powers(self, samples: Samples) -> Powers:
        spectrum = np.abs(np.fft.rfft(samples * self._window)) ** 2 / (FRAME * FRAME)
        powers: Powers = np.add.reduceat(spectrum[: self._edges[-1]], self._edges[:-1])
        return powers
