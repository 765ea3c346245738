"""Word error rates count what a listener would call an error."""

from __future__ import annotations

import pytest

jiwer = pytest.importorskip("jiwer", reason="nano/requirements.txt is not installed")

from nano.wer import WordErrors, total  # noqa: E402


def _errors(spoken: str, heard: str) -> WordErrors:
    errors = WordErrors()
    errors.add(spoken, heard)
    return errors


def test_case_and_punctuation_are_no_errors() -> None:
    assert _errors("Turn on the TV, please.", "turn on the tv please").errors == 0


def test_a_wrong_number_is_one_error_and_is_named() -> None:
    errors = _errors("Set it to 40%.", "Set it to 14%.")
    assert errors.errors == 1
    assert errors.words == 5
    assert errors.confusions == {("40", "14"): 1}


def test_words_left_out_and_words_added_count() -> None:
    assert _errors("Turn off the light.", "Turn the light off now.").errors == 3


def test_a_total_weighs_every_word_alike() -> None:
    together = total([_errors("one two three four", "one two three four"), _errors("five", "six")])
    assert together.rate == pytest.approx(1 / 5)
    assert (together.clips, together.exact) == (2, 1)
