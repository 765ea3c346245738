"""The satellite's own sounds."""

from __future__ import annotations

import numpy as np
import pytest

from wyoming_lfm2.satellite.sound.chimes import CHIME_RATE, TONES, chime


@pytest.mark.parametrize("name", TONES)
def test_a_chime_is_as_loud_as_speech_and_does_not_click(name: str) -> None:
    samples = np.frombuffer(chime(name), np.int16).astype(int)
    assert 10_000 < np.max(np.abs(samples)) < 13_000
    assert abs(samples[0]) < 50
    assert abs(samples[-1]) < 50
    # Full strength is 11,500: a tone that began or ended at once would jump by as much.
    assert np.max(np.abs(np.diff(samples))) < 8_000


def test_the_awake_sound_is_over_before_the_second_word() -> None:
    assert len(chime("awake")) / 2 / CHIME_RATE <= 0.16


def test_the_sounds_can_be_told_apart() -> None:
    assert len({chime(name) for name in TONES}) == len(TONES)
