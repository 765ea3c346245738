"""Telephone numbers as English words, digit by digit: "555-1234" is "five five five, one two three four"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import digits

_GROUPED = re.compile(r"(?<![\w.])(?:\+\d{1,3}[ -])?\(?\d{2,4}\)?(?:[ -]\d{3,4}){1,3}(?![\w.-]*\d)")
_SHORT = r"(?:\d{3}|\d{5,})(?![\w%°]|[ .,:/-]\d)"
_DIALLED = re.compile(
    # "Call 911", but not "Call 100 people".
    rf"\b((?:call|dial|phone|ring|text)(?:s|ed|led|ing|ling)?\s+)({_SHORT}(?:\s+(?:or|and)\s+{_SHORT})*)"
    r"(?!\s+(?:people|[a-z]+[^\W\ds]s)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


def say_telephone_numbers(text: str) -> str:
    """Make words: "555-1234" is "five five five, one two three four", "Call 911" is "Call nine one one"."""
    text = _DIALLED.sub(
        lambda found: found[1] + _NUMBER.sub(lambda number: digits(number[0]), found[2]), text
    )
    return _GROUPED.sub(_grouped, text)


def _grouped(found: re.Match[str]) -> str:
    groups = _NUMBER.findall(found[0])
    # "10 200" may be anything; a telephone number has seven digits at least, or a plus sign.
    if sum(map(len, groups)) < 7:
        return found[0]
    return ("plus " if found[0].startswith("+") else "") + ", ".join(map(digits, groups))
