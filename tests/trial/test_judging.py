from __future__ import annotations

import numpy as np
import pytest

from wyoming_lfm2.trial.judging import sound_problem, wrong_script

TONE = (0.3 * np.sin(np.arange(24_000) / 10)).astype(np.float32)


def test_a_sound_that_may_be_speech_has_no_problem() -> None:
    assert sound_problem(TONE) == ""
    single = TONE.copy()
    single[100] = 1.0
    assert sound_problem(single) == ""


def test_what_cannot_be_speech_is_named() -> None:
    assert "no length" in sound_problem(TONE[:0])
    assert "silent" in sound_problem(TONE * np.float32(0.001))
    assert "at full scale" in sound_problem(np.clip(TONE * 10, -1, 1))
    for number in (np.nan, np.inf):
        broken = TONE.copy()
        broken[5] = number
        assert "not finite" in sound_problem(broken)


@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("Turn on the light.", "en", False),
        ("Schaltet das Licht café", "en-US", False),
        ("電気をつけて", "en", True),
        ("включи свет", "en", True),
        ("電気をつけて", "ja", False),
        ("テレビ on", "ja", False),
        ("Turn on the light", "ja", True),
        ("21.5", "en", False),
        ("", "ja", False),
        ("включи свет", "xx", False),
    ],
)
def test_the_script_tells_a_wrong_language(text: str, language: str, wrong: bool) -> None:
    assert wrong_script(text, language) is wrong
