"""Makes a synthesiser's output a clip: 16 kHz int16, silence around it trimmed, an ordinary level."""

from __future__ import annotations

import random

import numpy as np
import soxr
from numpy.typing import NDArray

RATE = 16000
_FRAME = RATE // 100


def trim(samples: NDArray[np.float32], lead_s: float, tail_s: float) -> NDArray[np.float32]:
    """16 kHz `samples` with exactly `lead_s` and `tail_s` seconds around what is louder than 1/300 of the peak."""
    frames = np.abs(samples[: len(samples) // _FRAME * _FRAME]).reshape(-1, _FRAME).max(axis=1)
    loud = np.flatnonzero(frames > frames.max() / 300)
    start, end = loud[0] * _FRAME - int(lead_s * RATE), (loud[-1] + 1) * _FRAME + int(tail_s * RATE)
    padded = np.pad(samples, (max(0, -start), max(0, end - len(samples))))
    return padded[max(0, start) : max(0, start) + end - start]


def make_clip(
    samples: NDArray[np.float32], rate: int, rng: random.Random, warp: float = 1.0
) -> NDArray[np.int16]:
    """The clip of mono float32 `samples` at `rate` Hz.

    `warp` above 1 raises pitch and formants together and shortens, as if a smaller person spoke faster.
    Raises ValueError when there is nothing to hear or less than 0.2 s of it.
    """
    samples = np.asarray(samples, dtype=np.float32)
    if len(samples) < rate // 5 or not np.abs(samples).max() > 1e-3:
        raise ValueError("the synthesiser made no sound")
    resampled = soxr.resample(samples, rate * warp, RATE)
    trimmed = trim(resampled, rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.4))
    level = 10 ** (rng.uniform(-26, -18) / 20) / np.sqrt(np.mean(trimmed**2))
    level = min(level, 0.95 / np.abs(trimmed).max())
    return np.asarray(trimmed * level * 32767, dtype=np.int16)
