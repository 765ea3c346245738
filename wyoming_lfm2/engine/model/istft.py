"""From spectrogram columns to sound as they come: the inverse short-time Fourier transform, streamed.

The numerics are those of Vocos, which the reference's detokenizer uses too: log-magnitudes and angles,
a Hann window on both sides, "same" padding, and division by the summed squares of the windows.
Reference: ``liquid_audio.detokenizer.ISTFT``; Siuzdak, "Vocos", 2023, https://arxiv.org/abs/2306.00814.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

OVERLAPS = 4
"""Windows that cover one sample; the hop is that part of a window."""

_LARGEST_LOG = np.float32(30.0)
"""Of a magnitude; far above any sound, and its exponential is still a number."""


class StreamingIstft:
    """One stream of columns to one stream of samples; the pieces joined are the batch transform.

    The window reaches half of (window - hop) beyond either end of the sound, and that
    much is cut off: the first piece is so much shorter, and :meth:`flush` gives so much.
    Memory is taken once.
    """

    def __init__(self, bins: int, columns: int) -> None:
        """Take the memory.

        :param bins: frequencies of one column, ``n_fft / 2 + 1``.
        :param columns: the most columns that one call of :meth:`add` may have.
        """
        self.n_fft = 2 * (bins - 1)
        self.hop = self.n_fft // OVERLAPS
        self._bins = bins
        self._pad = (self.n_fft - self.hop) // 2
        # The periodic window, as torch.hann_window gives it.
        turn = np.arange(self.n_fft) * (2 * np.pi / self.n_fft)
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)
        self._window_square = np.square(self._window)
        self._spectrum = np.empty((columns, bins), np.complex64)
        self._angles = np.empty((columns, bins), np.float32)
        self._magnitudes = np.empty((columns, bins), np.float32)
        self._frames = np.empty((columns, self.n_fft), np.float32)
        room = (columns - 1) * self.hop + self.n_fft
        self._sum = np.zeros(room, np.float32)
        self._envelope = np.zeros(room, np.float32)
        self._sound = np.empty(columns * self.hop, np.float32)
        self._unsaid = self._pad

    def add(self, columns: NDArray[np.float32]) -> NDArray[np.float32]:
        """The samples that have become certain with ``columns``.

        :param columns: float32, shape ``(n, 2 * bins)``: log-magnitudes, then angles in radians.
        :returns: float32, shape ``(n * hop,)``, the first time shorter by the padding: a view
            that is good until the next call.
        """
        count = len(columns)
        frames = self._windowed(columns)
        for i, frame in enumerate(frames):
            place = slice(i * self.hop, i * self.hop + self.n_fft)
            self._sum[place] += frame
            self._envelope[place] += self._window_square
        done = count * self.hop
        sound = self._sound[:done]
        np.divide(self._sum[:done], self._envelope[:done], out=sound, where=self._envelope[:done] > 0)
        self._move_on(done)
        skipped = min(self._unsaid, done)
        self._unsaid -= skipped
        return sound[skipped:]

    def flush(self) -> NDArray[np.float32]:
        """The last samples, after which a new stream begins; float32, a view as in :meth:`add`.

        Empty if no columns came.
        """
        count = 0 if self._unsaid else self._pad
        sound = self._sound[:count]
        np.divide(self._sum[:count], self._envelope[:count], out=sound)
        self.reset()
        return sound

    def reset(self) -> None:
        """Begin a new stream; what has not been given out is forgotten."""
        self._sum.fill(0)
        self._envelope.fill(0)
        self._unsaid = self._pad

    def _windowed(self, columns: NDArray[np.float32]) -> NDArray[np.float32]:
        count, bins = len(columns), self._bins
        magnitudes, angles = self._magnitudes[:count], self._angles[:count]
        spectrum, frames = self._spectrum[:count], self._frames[:count]
        np.minimum(columns[:, :bins], _LARGEST_LOG, out=magnitudes)
        np.exp(magnitudes, out=magnitudes)
        np.cos(columns[:, bins:], out=angles)
        np.multiply(magnitudes, angles, out=spectrum.real)
        np.sin(columns[:, bins:], out=angles)
        np.multiply(magnitudes, angles, out=spectrum.imag)
        # NumPy's own types know only float64 here.
        np.fft.irfft(spectrum, self.n_fft, axis=1, out=cast(Any, frames))
        np.multiply(frames, self._window, out=frames)
        return frames

    def _move_on(self, samples: int) -> None:
        """Forget the first ``samples`` of the sums; what remains becomes their beginning."""
        kept = self.n_fft - self.hop
        for sums in (self._sum, self._envelope):
            # The two may overlap; NumPy sees to that.
            sums[:kept] = sums[samples : samples + kept]
            sums[kept:] = 0
