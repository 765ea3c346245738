"""How high a voice is."""

from __future__ import annotations

import numpy as np
import pytest

from nano.pitch import median_pitch

RATE = 24_000


def buzz(hz: float, seconds: float = 1.0) -> np.ndarray:
    """Twelve harmonics, each softer than the one before, with a little noise."""
    time = np.arange(int(RATE * seconds)) / RATE
    tone = sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 13))
    return np.float32(tone + 0.05 * np.random.default_rng(1).standard_normal(len(time)))


@pytest.mark.parametrize("hz", [85, 110, 160, 220, 300])
def test_a_buzz_has_its_own_pitch(hz: float) -> None:
    assert median_pitch(buzz(hz), RATE) == pytest.approx(hz, rel=0.02)


def test_silence_around_a_voice_does_not_count() -> None:
    padded = np.concatenate([np.zeros(RATE, np.float32), buzz(120), np.zeros(RATE, np.float32)])
    assert median_pitch(padded, RATE) == pytest.approx(120, rel=0.02)


def test_noise_and_nothing_have_none() -> None:
    noise = np.random.default_rng(2).standard_normal(RATE).astype(np.float32)
    assert np.isnan(median_pitch(noise, RATE))
    assert np.isnan(median_pitch(np.zeros(10, np.float32), RATE))
