from __future__ import annotations

import pytest

from wyoming_lfm2.asr.endpointer import Endpointer, endpointing_for
from wyoming_lfm2.asr.speech_tracker import SpeechTracker
from wyoming_lfm2.asr.vad import FRAME_S
from wyoming_lfm2.config.settings import EndpointingSettings

SETTINGS = EndpointingSettings(enabled=True, silence_s=0.7, longest_utterance_s=15.0, no_speech_s=8.0)
SPEECH, SILENCE = 0.95, 0.01


def frames(seconds: float, probability: float) -> list[float]:
    return [probability] * round(seconds / FRAME_S)


def end(probabilities: list[float], settings: EndpointingSettings = SETTINGS) -> float | None:
    """Seconds after which the utterance has ended."""
    tracker, endpointer = SpeechTracker(0.5, 0.16), Endpointer(settings)
    for number, probability in enumerate(probabilities, start=1):
        if endpointer.step(tracker.step(probability)):
            return number * FRAME_S
    return None


def test_silence_after_speech_ends_the_utterance() -> None:
    heard = frames(1.0, SILENCE) + frames(2.0, SPEECH) + frames(5.0, SILENCE)
    assert end(heard) == pytest.approx(3.7, abs=0.05)


def test_a_shorter_pause_does_not() -> None:
    sentence = frames(1.0, SPEECH) + frames(0.6, SILENCE) + frames(1.0, SPEECH)
    assert end(sentence) is None
    assert end(sentence + frames(1.0, SILENCE)) == pytest.approx(3.3, abs=0.07)


def test_a_word_that_begins_as_the_silence_runs_out_is_waited_for() -> None:
    heard = frames(1.0, SPEECH) + [SILENCE] * 21 + [SPEECH] * 10
    assert end(heard) is None


def test_who_speaks_without_end_is_ended() -> None:
    assert end(frames(1.0, SILENCE) + frames(60.0, SPEECH)) == pytest.approx(16.0, abs=0.07)


def test_who_speaks_without_end_is_never_ended_if_that_is_off() -> None:
    off = SETTINGS.model_copy(update={"longest_utterance_s": None})
    assert end(frames(1.0, SILENCE) + frames(400.0, SPEECH), off) is None
    assert end(frames(400.0, SPEECH) + frames(1.0, SILENCE), off) == pytest.approx(400.7, abs=0.05)


def test_silence_without_a_word_never_ends_if_that_is_off() -> None:
    off = SETTINGS.model_copy(update={"no_speech_s": None})
    assert end(frames(400.0, SILENCE), off) is None
    assert end(frames(400.0, SILENCE) + frames(1.0, SPEECH) + frames(1.0, SILENCE), off) is not None


def test_nothing_said_ends_too() -> None:
    assert end(frames(60.0, SILENCE)) == pytest.approx(8.0, abs=0.05)


def test_a_click_neither_ends_nor_delays_it() -> None:
    click = frames(2.0, SILENCE) + [SPEECH] * 3 + frames(60.0, SILENCE)
    assert end(click) == pytest.approx(8.0, abs=0.05)


def frame_of_the_end(probabilities: list[float], **settings: float) -> int | None:
    """The number of the frame with which the utterance ends, from 0, with lengths in frames."""
    lengths = {name: frames * FRAME_S for name, frames in settings.items()}
    tracker, endpointer = SpeechTracker(0.5, 0.16), Endpointer(SETTINGS.model_copy(update=lengths))
    for number, probability in enumerate(probabilities):
        if endpointer.step(tracker.step(probability)):
            return number
    return None


def test_each_end_comes_with_its_frame_and_not_with_the_next() -> None:
    assert frame_of_the_end([SPEECH] * 20 + [SILENCE] * 40, silence_s=25) == 20 + 25 - 1
    assert frame_of_the_end([SILENCE] * 60, no_speech_s=40) == 40 - 1
    # Speech is known to have begun with its first frame, although that takes three of them.
    assert frame_of_the_end([SILENCE] * 10 + [SPEECH] * 100, longest_utterance_s=50) == 10 + 50 - 1


def test_a_patient_and_an_impatient_request_differ() -> None:
    silence = [endpointing_for(SETTINGS, word).silence_s for word in ("aggressive", "default", "relaxed")]
    assert silence == pytest.approx([0.25, 0.7, 1.25])


@pytest.mark.parametrize("word", [None, "", "default", "a word of the year 2030"])
def test_other_words_leave_the_settings_alone(word: str | None) -> None:
    assert endpointing_for(SETTINGS, word) == SETTINGS


def test_patience_stays_within_what_the_settings_allow() -> None:
    for silence_s in (0.2, 10.0):
        for word in ("aggressive", "relaxed"):
            wanted = endpointing_for(EndpointingSettings(silence_s=silence_s), word)
            assert (wanted.silence_s == silence_s) == (word == ("aggressive" if silence_s < 1 else "relaxed"))
            EndpointingSettings.model_validate(wanted.model_dump())
