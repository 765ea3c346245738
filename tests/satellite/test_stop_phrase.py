from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wyoming_lfm2.satellite.core.happenings import SpeechStarted, SpeechStopped, StopPhraseHeard
from wyoming_lfm2.satellite.stop_phrase import StopPhraseListener, StopPhraseSettings, is_stop_phrase


@pytest.mark.parametrize(
    "text",
    ["Stop.", "stop", "Stop! Stop!", "Stop stop stop", "Okay, stop.", "Please stop.", "Be quiet, please!", "Cancel",
     "That\N{RIGHT SINGLE QUOTATION MARK}s enough.", "Never mind."],
)  # fmt: skip
def test_stop_phrases(text: str) -> None:
    assert is_stop_phrase(text)


@pytest.mark.parametrize(
    "text",
    ["", "Please.", "Okay", "Stop the music and go on", "The bus stop", "Don't stop", "It does not stop", "Cancelled",
     "stop stopping", "be", "Nonstop"],
)  # fmt: skip
def test_what_only_has_one_in_it_is_none(text: str) -> None:
    assert not is_stop_phrase(text)


def test_phrases_of_ones_own() -> None:
    assert is_stop_phrase("Hör auf!", ["hör auf"])
    assert not is_stop_phrase("Stop", ["hör auf"])
    assert not is_stop_phrase("Stop", [""])


class Model:
    def __init__(self, text: str = "Stop.") -> None:
        self.text = text
        self.heard: list[NDArray[np.float32]] = []

    async def transcribe(self, sound: NDArray[np.float32]) -> str:
        self.heard.append(sound)
        if not self.text:
            raise RuntimeError("the model is busy")
        return self.text


def listener(model: Model, seconds: float = 4.0) -> StopPhraseListener:
    """Has heard so many seconds, of which the samples count hundredths."""
    it = StopPhraseListener(StopPhraseSettings(), model.transcribe)
    for number in range(int(seconds / 0.032)):
        at = (number + 1) * 0.032
        it.add(np.full(512, round(at * 100), np.int16), at)
    return it


async def test_a_short_piece_of_speech_is_judged_with_a_margin_around_it() -> None:
    model = Model()
    it = listener(model)
    assert it.speech(SpeechStarted(3.0)) is None
    sound = it.speech(SpeechStopped(3.5))
    assert sound is not None and sound.dtype == np.float32
    hundredths = sound * 32768
    assert hundredths[0] == pytest.approx(270, abs=4) and hundredths[-1] == pytest.approx(380, abs=4)
    assert await it.judge(sound) == StopPhraseHeard("Stop.")
    np.testing.assert_array_equal(model.heard[0], sound)


def test_long_speech_is_not() -> None:
    it = listener(Model())
    it.speech(SpeechStarted(1.5))
    assert it.speech(SpeechStopped(3.5)) is None


def test_an_end_without_a_beginning_is_not() -> None:
    it = listener(Model())
    assert it.speech(SpeechStopped(3.5)) is None


def test_no_more_is_kept_than_is_needed() -> None:
    it = listener(Model(), seconds=60)
    it.speech(SpeechStarted(59.0))
    sound = it.speech(SpeechStopped(59.9))
    assert sound is not None and len(sound) / 16_000 == pytest.approx(1.3, abs=0.1)
    it.speech(SpeechStarted(10.0))
    assert it.speech(SpeechStopped(11.0)) is None


async def test_another_text_is_no_stop_phrase() -> None:
    assert await listener(Model("What time is it?")).judge(np.zeros(8000, np.float32)) is None


async def test_a_model_in_trouble_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert await listener(Model("")).judge(np.zeros(8000, np.float32)) is None
    assert "the model is busy" in caplog.text
