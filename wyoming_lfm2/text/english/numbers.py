"""Numbers as English words, without hyphens: a voice reads "twenty five", a vocabulary of words has both."""

from __future__ import annotations

from functools import cache

from unicode_rbnf import FormatPurpose, RbnfEngine

UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""Pattern of a number without a sign, as :func:`cardinal` takes it."""

NUMBER = rf"(?<![\w.])[-+\u2212]?{UNSIGNED}"
"""With a sign only where nothing stands before it; "3-4" is a range. U+2212 is the minus sign."""

_LONGEST = 15
"""Digits; a longer number is a code, and is read digit by digit."""


def cardinal(written: str) -> str:
    """Make words: "21.50" is "twenty one point five zero", "007" is read digit by digit.

    :param written: digits, perhaps with a sign before them, commas between thousands, a decimal point.
    """
    sign = "minus " if written[:1] in ("-", "\N{MINUS SIGN}") else ""
    whole, point, decimals = written.lstrip("+-\N{MINUS SIGN}").replace(",", "").partition(".")
    if len(whole) > _LONGEST or (len(whole) > 1 and whole.startswith("0")):
        words = digits(whole)
    else:
        words = _format(int(whole or "0"), FormatPurpose.CARDINAL)
    return sign + words + (f" point {digits(decimals)}" if point and decimals else "")


def ordinal(number: int) -> str:
    """22 is "twenty second"."""
    return _format(number, FormatPurpose.ORDINAL)


def year(number: int) -> str:
    """1999 is "nineteen ninety nine"."""
    return _format(number, FormatPurpose.YEAR)


def digits(written: str) -> str:
    """Make words: "110" is "one one zero"; what is no digit is left out."""
    return " ".join(_format(int(digit), FormatPurpose.CARDINAL) for digit in written if digit.isdecimal())


def clock(hour: int, minute: int) -> str:
    """7, 0 is "seven o'clock"; 7, 5 is "seven oh five"; 19, 30 is "nineteen thirty"."""
    hour_words = _format(hour, FormatPurpose.CARDINAL)
    if not minute:
        return f"{hour_words} o'clock"
    between = " oh " if minute < 10 else " "
    return hour_words + between + _format(minute, FormatPurpose.CARDINAL)


def warm_up() -> None:
    """Read the rules now, most of a second, rather than for the first client."""
    _engine()


@cache
def _engine() -> RbnfEngine:
    return RbnfEngine.for_language("en")


def _format(number: int, purpose: FormatPurpose) -> str:
    return _engine().format_number(number, purpose).text.replace("-", " ")
