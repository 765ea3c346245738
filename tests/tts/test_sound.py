"""Silence and loudness, while the sound is still being made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.server.speaker_stand_in import tone
from wyoming_lfm2.tts.loudness import Leveller, VoiceLevel
from wyoming_lfm2.tts.trimming import SilenceTrimmer

RATE = 24_000


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(RATE * seconds), np.float32)


def trimmed(sound: NDArray[np.float32], size: int = 1920) -> NDArray[np.float32]:
    trimmer = SilenceTrimmer(RATE, 0.03, 0.1)
    parts = [trimmer.trim(sound[begin : begin + size]) for begin in range(0, len(sound), size)]
    return np.concatenate([*parts, trimmer.flush()])


def rms_db(sound: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(np.square(sound))))


def levelled(sound: NDArray[np.float32], level: VoiceLevel) -> NDArray[np.float32]:
    leveller = Leveller(RATE, -21.0, level)
    out = np.concatenate(
        [leveller.level(sound[begin : begin + 1920]) for begin in range(0, len(sound), 1920)]
    )
    leveller.finish_sentence()
    return out


def test_silence_at_both_ends_is_trimmed_and_a_pause_inside_is_kept() -> None:
    sound = np.concatenate([silence(0.7), tone(RATE), silence(0.5), tone(RATE), silence(1.3)])
    assert len(trimmed(sound)) == pytest.approx(RATE * (0.03 + 1 + 0.5 + 1 + 0.1), abs=RATE * 0.011)


def test_what_is_heard_is_not_changed_however_it_comes() -> None:
    sound = np.concatenate([silence(0.2), tone(RATE // 2), silence(0.2)])
    whole = trimmed(sound, len(sound))
    for size in (1, 7, 240, 1000, 1920):
        np.testing.assert_array_equal(trimmed(sound, size), whole)


def test_sound_goes_on_at_once_and_does_not_wait_for_the_end() -> None:
    trimmer = SilenceTrimmer(RATE, 0.03, 0.1)
    assert len(trimmer.trim(silence(0.5))) == 0
    assert len(trimmer.trim(tone(1920))) >= 1920


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.5])
def test_silence_alone_is_nothing(seconds: float) -> None:
    assert len(trimmed(silence(seconds))) == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5000)), max_size=12), st.integers(1, 4000))
@settings(max_examples=60, deadline=None)
def test_no_word_is_lost(parts: list[tuple[bool, int]], size: int) -> None:
    sound = np.concatenate(
        [
            silence(0),
            *(
                tone(length, amplitude=0.3) if loud else np.zeros(length, np.float32)
                for loud, length in parts
            ),
        ]
    )
    assert (
        np.count_nonzero(np.abs(trimmed(sound, size)) > 0.25) >= np.count_nonzero(np.abs(sound) > 0.25) * 0.9
    )


def test_two_voices_of_different_loudness_become_alike() -> None:
    results = []
    for amplitude in (0.05, 0.35):
        level = VoiceLevel()
        levelled(tone(3 * RATE, amplitude=amplitude), level)
        results.append(rms_db(levelled(tone(3 * RATE, amplitude=amplitude), level)))
    assert results == pytest.approx([-21.0, -21.0], abs=1.0)


def test_the_second_sentence_of_a_voice_begins_as_loud_as_it_goes_on() -> None:
    level = VoiceLevel()
    levelled(tone(3 * RATE, amplitude=0.04), level)
    second = levelled(tone(3 * RATE, amplitude=0.04), level)
    assert rms_db(second[:1920]) == pytest.approx(rms_db(second[-1920:]), abs=0.5)


def test_gain_moves_without_steps_that_would_click() -> None:
    """A voice that is softer than it was: the gain rises from frame to frame, and nowhere between two samples."""
    sound = tone(3 * RATE, amplitude=0.04)
    out = levelled(sound, VoiceLevel(power=0.126**2 / 2, seconds=20))
    heard = np.abs(sound) > 0.01  # where a quotient tells the gain
    gain_db = 20 * np.log10(out[heard] / sound[heard])
    assert gain_db[-1] - gain_db[0] > 3
    assert np.abs(np.diff(gain_db)).max() < 0.05


def test_pauses_do_not_count_as_softness() -> None:
    level = VoiceLevel()
    speech = tone(RATE // 2, amplitude=0.126)
    levelled(np.concatenate([speech, silence(2), speech, silence(2)]), level)
    assert 10 * np.log10(level.power) == pytest.approx(rms_db(speech), abs=1.0)


@pytest.mark.parametrize("amplitude", [0.0, 1e-4, 0.02, 0.5, 1.0])
def test_gain_makes_no_sample_too_loud_and_no_silence_into_noise(amplitude: float) -> None:
    sound = tone(RATE, amplitude=amplitude)
    sound[::5000] *= 3  # peaks
    out = levelled(np.clip(sound, -1, 1), VoiceLevel(power=1e-5, seconds=30))
    assert np.abs(out).max() <= max(0.98, np.abs(np.clip(sound, -1, 1)).max())
    assert np.abs(out).max() <= 4.0 * np.abs(sound).max()
