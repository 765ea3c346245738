from __future__ import annotations

import pytest

from wyoming_lfm2.trial.judging import WordErrors, total, units, word_errors


@pytest.mark.parametrize(
    ("said", "heard", "wrong", "words"),
    [
        ("Turn on the kitchen light.", "turn on the kitchen light", 0, 5),
        ("Turn on the kitchen light.", "Turn off the kitchen lights.", 2, 5),
        ("Turn on the kitchen light.", "Turn the kitchen light", 1, 5),
        ("Turn on the kitchen light.", "", 5, 5),
        ("The light.", "Oh, the big light", 2, 2),
        ("It is 21.5 °C.", "It is twenty-one point five degrees Celsius", 0, 8),
        ("Set a timer for 10 minutes.", "Set a timer for ten minutes!", 0, 6),
        ("Set it to 40%.", "set it to forty percent", 0, 5),
        ("I can't.", "I can\N{RIGHT SINGLE QUOTATION MARK}t", 0, 2),
    ],
)
def test_errors_are_counted_in_words_however_they_are_written(
    said: str, heard: str, wrong: int, words: int
) -> None:
    assert word_errors(said, heard) == WordErrors(wrong, words)


def test_japanese_is_counted_in_characters_without_punctuation_and_width() -> None:
    assert units("電気を、つけて。", "ja") == tuple("電気をつけて")
    assert word_errors("電気をつけて。", "電気を消して", "ja") == WordErrors(2, 6)
    assert word_errors("ドア", "ﾄﾞｱ", "ja-JP").wrong == 0


def test_a_rate_is_of_all_words_together() -> None:
    assert total([WordErrors(1, 2), WordErrors(0, 8)]).rate == pytest.approx(0.1)
    assert WordErrors(0, 0).rate == 0
