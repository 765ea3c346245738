from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.satellite.sounds import clip, pcm, silence
from wyoming_lfm2.satellite.core.happenings import SpeechStarted, SpeechStopped
from wyoming_lfm2.satellite.speech_activity import SpeechActivity

START = 500.0


def feed(
    it: SpeechActivity, sound: NDArray[np.int16], *, step: int = 512, counts: bool = True
) -> list[SpeechStarted | SpeechStopped]:
    found: list[SpeechStarted | SpeechStopped] = []
    for begin in range(0, len(sound), step):
        part = sound[begin : begin + step]
        found += it.feed(part, START + (begin + len(part)) / 16_000, counts=counts)
    return found


@pytest.mark.parametrize("step", [512, 2048])
def test_speech_has_a_beginning_and_an_end(step: int) -> None:
    words = clip("turn_on_the_kitchen_light.wav")
    started, stopped = feed(SpeechActivity(), pcm(silence(1), words, silence(1)), step=step)
    assert isinstance(started, SpeechStarted) and isinstance(stopped, SpeechStopped)
    assert started.at - START == pytest.approx(1.0, abs=0.15)
    assert stopped.at - START == pytest.approx(1.0 + len(words) / 16_000, abs=0.15)


def test_two_words_with_a_pause_are_two() -> None:
    word = clip("okay_nabu.flac")
    found = feed(SpeechActivity(), pcm(silence(0.5), word, silence(0.6), word, silence(0.6)))
    assert [type(each) for each in found] == [SpeechStarted, SpeechStopped, SpeechStarted, SpeechStopped]


def test_noise_and_what_does_not_count_are_no_speech() -> None:
    assert feed(SpeechActivity(), pcm(silence(3), noise=0.01)) == []
    assert feed(SpeechActivity(), pcm(clip("turn_on_the_kitchen_light.wav")), counts=False) == []


def test_after_a_new_beginning_nobody_speaks() -> None:
    it = SpeechActivity()
    feed(it, pcm(clip("turn_on_the_kitchen_light.wav")))
    assert it.speaking
    it.reset()
    assert not it.speaking
    assert feed(it, pcm(silence(1))) == []
