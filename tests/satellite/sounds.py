"""Sounds for the satellite's tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

DATA = Path(__file__).parents[1] / "data"


def clip(name: str) -> NDArray[np.float64]:
    """A recording of tests/data, 16 kHz mono, without silence around it, peak 0.5."""
    samples, rate = soundfile.read(DATA / name, dtype="float64")
    assert rate == 16_000
    loud = np.flatnonzero(np.abs(samples) > 0.03 * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1] + 1]
    cut: NDArray[np.float64] = samples / np.abs(samples).max() / 2
    return cut


def silence(seconds: float) -> NDArray[np.float64]:
    return np.zeros(round(seconds * 16_000))


def pcm(*parts: NDArray[np.float64], noise: float = 0.001) -> NDArray[np.int16]:
    """Joined, in faint noise, a whole number of frames."""
    sound = np.concatenate(parts)
    sound = np.pad(sound, (0, -len(sound) % 512))
    sound = sound + np.random.default_rng(0).normal(0, noise, len(sound))
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)
