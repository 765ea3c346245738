"""Dates, years and decades as English words, and the short names of days and months."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.abbreviations import stop_behind
from wyoming_lfm2.text.english.numbers import cardinal, ordinal, year

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"Sept": "September"}
_SHORT_DAYS = {
    day[:3]: day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
} | {"Tues": "Tuesday", "Thur": "Thursday", "Thurs": "Thursday"}

_ANY_MONTH = "|".join((*_MONTHS, *_SHORT_MONTHS))

_ISO = re.compile(r"(?<![\d.-])(\d{4})-(\d\d)-(\d\d)(?![\d-])(T(?=\d\d:\d\d))?")
_SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)(?![\w/]|\.\d)")
_YEAR_FIRST = re.compile(r"(?<![\d/.])(\d{4})/(\d\d?)/(\d\d?)(?![\w/]|\.\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.]*\d)")
_MONTH_DAY = re.compile(
    rf"\b({_ANY_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:(,?)\s+(\d{{4}}))?(?![\w:.%°]*\d|\w|\s*[%°:])"
)
_DAY_MONTH = re.compile(
    rf"(?<![\d.,:])(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_ANY_MONTH})\b\.?(?:(,?)\s+(\d{{4}})(?!\w))?"
)
_DAY = re.compile(r"(?<!\b[Tt]he )\b(Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)\.(?=[\s,/-]+\w|\s*$)")
_MONTH = re.compile(r"\b(Jan|Feb|Apr|Aug|Sept|Sep|Oct|Nov|Dec)\.(?=[\s,]|$)")

_YEAR_NUMBER = r"((?:1[1-9]|20)\d\d)(?![\w%°]|[.,:/-]\d|\s*[%°])"
_COUNTS = r"(?!\s+(?!(?-i:I|he|she|it|they|we|you|the|an?|was|were|is|are|when|but)\b)[a-z])"
"""What is counted follows: "of 2000 people"."""

_BARE_YEAR = re.compile(
    rf"\b((?:in|since|until|till|from|between|by|of|year|before|after)\s+){_YEAR_NUMBER}"
    rf"(?:(\s+(?:and|or|to|until|till)\s+){_YEAR_NUMBER})?{_COUNTS}",
    re.IGNORECASE,
)
_DECADE = re.compile(r"(?<![\w.,])((?:1[5-9]|20)\d)0s\b")

_MUSIC = r"music|hits?|songs?|radio|rock|pop|disco|party|playlist|mix|movies?|films?|night"
_WHOSE = r"the|his|her|their|my|your|early|mid|late|low|lower|high|upper"
_TIMER_WORDS = r"timer|countdown|delay|left|remaining|interval"
_SHORT_DECADE = re.compile(
    # "90s" by itself is a minute and a half, and a title has 30s timers more often than the thirties.
    rf"((?<!\w)'|\b(?:{_WHOSE})[ -])([2-9]0)s(?!\s(?i:{_TIMER_WORDS})\b)\b"
    rf"|()(?<![\w.,])([2-9]0(?=s\s(?:{_MUSIC})\b)|[5-9]0(?=s\s(?!(?i:{_TIMER_WORDS})\b)[A-Z][a-z]))s"
)


def say_dates(text: str, *, day_first: bool) -> str:
    """Make words: "2026-11-22" becomes "November twenty second, twenty twenty six".

    :param day_first: 3/4/2026 is the third of April, as everywhere but in the United States.
    """
    text = _ISO.sub(
        lambda found: _date(found[1], found[2], found[3], found[0]) + (" " if found[4] else ""), text
    )
    text = _YEAR_FIRST.sub(lambda found: _date(found[1], found[2], found[3], found[0]), text)
    text = _SLASHED.sub(lambda found: _numeric(found, day_first=day_first), text)
    text = _DOTTED.sub(lambda found: _numeric(found, day_first=True), text)
    text = _MONTH_DAY.sub(lambda found: _named(found[1], found[2], found[4], found[0]), text)
    text = _DAY_MONTH.sub(
        lambda found: _named(found[2], found[1], found[4], found[0], of=True) + stop_behind(found), text
    )
    text = _DAY.sub(lambda found: _SHORT_DAYS[found[1]] + stop_behind(found), text)
    return _MONTH.sub(lambda found: _SHORT_MONTHS[found[1]] + stop_behind(found), text)


def _date(year_text: str, month: str, day: str, written: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return written
    return f"{_MONTHS[int(month) - 1]} {ordinal(int(day))}, {year(int(year_text))}"


def _numeric(found: re.Match[str], *, day_first: bool) -> str:
    first, second = found[1], found[2]
    if int(first) > 12 or (day_first and int(second) <= 12):
        first, second = second, first
    return _date(_with_century(found[3]), first, second, found[0])


def _with_century(written: str) -> str:
    """Of two digits, as POSIX reads them: 68 is 2068, 69 is 1969."""
    return written if len(written) == 4 else f"{'20' if written < '69' else '19'}{written}"


def _named(month: str, day: str, year_text: str | None, written: str, *, of: bool = False) -> str:
    if not 1 <= int(day) <= 31:
        return written
    name = _SHORT_MONTHS.get(month, month)
    words = f"{ordinal(int(day))} of {name}" if of else f"{name} {ordinal(int(day))}"
    return words + (f", {year(int(year_text))}" if year_text else "")


def say_years(text: str) -> str:
    """Make words: "in 1999" is "in nineteen ninety nine"; to be called when dates are words already."""
    text = _BARE_YEAR.sub(_years, text)
    text = _DECADE.sub(lambda found: _several(year(int(found[1] + "0"))), text)
    return _SHORT_DECADE.sub(_short_decade, text)


def _years(found: re.Match[str]) -> str:
    words = found[1] + year(int(found[2]))
    return words + found[3] + year(int(found[4])) if found[4] else words


def _short_decade(found: re.Match[str]) -> str:
    return (found[1] or "").removesuffix("'") + _several(cardinal(found[2] or found[4]))


def _several(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
