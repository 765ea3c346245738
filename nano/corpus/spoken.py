"""How a written transcript is said: digits, times, percent signs and abbreviations become words for synthesisers."""

from __future__ import annotations

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
# Synthesisers read letters reliably only when they are spelled as sounds.
_LETTERS = {
    "TV": "tee vee", "TVs": "tee vees", "AC": "ay see", "AM": "ay em", "PM": "pee em", "Wi-Fi": "why fie",
    "LED": "ell ee dee", "DJ": "dee jay", "OK": "okay", "BBC": "bee bee see", "PC": "pee see",
}  # fmt: skip
_PATTERN = re.compile(r"\d{1,2}:\d\d|\d+(?:\.\d+)?%?|[A-Za-z][A-Za-z-]*")


def number_in_words(number: int) -> str:
    """The cardinal number 0 .. 999999 in words, tens and ones joined by a space. Raises ValueError outside."""
    if not 0 <= number <= 999_999:
        raise ValueError(f"no words for {number}")
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    unit, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = number % unit
    return f"{number_in_words(number // unit)} {name}" + (f" {number_in_words(rest)}" if rest else "")


def _said(match: re.Match[str], letters: bool = True) -> str:
    token = match.group()
    if token in _LETTERS:
        return _LETTERS[token] if letters else token
    if token[0].isalpha():
        return token
    if ":" in token:
        hour, minute = token.split(":")
        if minute == "00":
            return number_in_words(int(hour)) + " o'clock"
        between = " oh " if minute[0] == "0" else " "
        return number_in_words(int(hour)) + between + number_in_words(int(minute))
    suffix = " percent" if token.endswith("%") else ""
    whole, _, decimals = token.rstrip("%").partition(".")
    words = number_in_words(int(whole))
    if decimals:
        words += " point " + " ".join(_ONES[int(digit)] for digit in decimals)
    return words + suffix


def spoken_form(text: str, letters: bool = True) -> str:
    """`text` as it is read aloud: no digits, no percent signs, no abbreviations; punctuation is kept.

    Without `letters`, abbreviations stay as they are written ("TV", "PM").
    """
    return _PATTERN.sub(lambda match: _said(match, letters), text)
