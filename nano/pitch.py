"""How high somebody speaks: enough to tell whether a sentence came out in the voice that was asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST = 60.0, 350.0
_WINDOW_S, _HOP_S = 0.05, 0.02
_VOICED = 0.5
"""Autocorrelation at the best lag from which a stretch is taken for voiced; 1 is a perfect repetition."""
_AS_GOOD = 0.9
"""Of the best lag's autocorrelation: a peak at a shorter lag with so much is taken instead."""
_LOUD = 0.1
"""Of the loudest stretch: what is softer is not looked at."""


def median_pitch(samples: npt.NDArray[np.float32], rate: int) -> float:
    """Median of the fundamental of the voiced stretches, in Hz; NaN where nothing is voiced.

    By autocorrelation, divided by the window's own as in Boersma, "Accurate short-term analysis of the fundamental
    frequency" (1993). ``samples``: shape (n,), any scale.
    """
    window, hop = int(_WINDOW_S * rate), int(_HOP_S * rate)
    if len(samples) < window:
        return float("nan")
    stretches = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), window)[::hop]
    stretches = stretches - stretches.mean(1, keepdims=True)
    power = (stretches**2).mean(1)
    stretches = stretches[power > _LOUD**2 * power.max()]
    shape = np.hanning(window)
    spectra = np.abs(np.fft.rfft(np.vstack([stretches * shape, shape]), 2 * window)) ** 2
    correlation = np.fft.irfft(spectra)[:, : int(rate / LOWEST) + 1]
    correlation /= correlation[:, :1] + 1e-12
    shortest = int(rate / HIGHEST)
    repeated = correlation[:-1, shortest:] / correlation[-1, shortest:]
    strongest = repeated.max(1)
    # What repeats after one period does so after two: the first of the peaks that are as good.
    peaks = (repeated[:, 1:-1] >= repeated[:, :-2]) & (repeated[:, 1:-1] >= repeated[:, 2:])
    best = 1 + (peaks & (repeated[:, 1:-1] > _AS_GOOD * strongest[:, None])).argmax(1)
    voiced = strongest > _VOICED
    return float(np.median(rate / (best[voiced] + shortest))) if voiced.any() else float("nan")
