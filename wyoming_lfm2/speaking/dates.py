"""Dates and times of day as English words."""

from __future__ import annotations

import re

from .numbers import cardinal, clock, ordinal, year

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"Sept": "September"}
_SHORT_DAYS = {
    day[:3]: day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
} | {"Tues": "Tuesday", "Thur": "Thursday", "Thurs": "Thursday"}

_ANY_MONTH = "|".join((*_MONTHS, *_SHORT_MONTHS))
_NOON = r"(?:\s?([ap])\.?m\b\.?)"

_ISO = re.compile(r"(?<![\d.-])(\d{4})-(\d\d)-(\d\d)(?![\d-])(T(?=\d\d:\d\d))?")
_SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.]*\d)")
_MONTH_DAY = re.compile(
    rf"\b({_ANY_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:(,?)\s+(\d{{4}}))?(?![\w:.%°]*\d|\w|\s*[%°:])"
)
_DAY_MONTH = re.compile(
    rf"(?<![\d.,:])(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_ANY_MONTH})\b\.?(?:(,?)\s+(\d{{4}})(?!\w))?"
)
_YEAR = re.compile(
    r"\b((?:in|since|until|till|from|by|of|year|before|after)\s+)((?:1[1-9]|20)\d\d)(?![\w%°]|[.,:/-]\d|\s*[%°])(?!\s+[a-z])",
    re.IGNORECASE,
)
_DECADE = re.compile(r"(?<![\w.,])((?:1[5-9]|20)\d)0s\b")
_DAY = re.compile(r"\b(Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)\.(?=[\s,]+\w)")
_MONTH = re.compile(r"\b(Jan|Feb|Apr|Aug|Sept|Sep|Oct|Nov|Dec)\.(?=[\s,]|$)")

_TIME = re.compile(
    rf"(?<![\d:.,])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?![\d:])(?:{_NOON}|(?:Z|\+\d\d:?\d\d)(?!\w))?",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(\d:[0-5]\d(?:\s?[ap]\.?m\.?)?)\s?[-\u2013\u2014]\s?(?=\d{1,2}:[0-5]\d)", re.IGNORECASE)
_HOUR = re.compile(rf"(?<![\d:.,])(1[0-2]|0?[1-9]){_NOON}", re.IGNORECASE)
_BARE_NOON = re.compile(r"(?<=[a-z\d]) ([ap])\.m\b\.?", re.IGNORECASE)


def say_dates(text: str, *, day_first: bool) -> str:
    """Make words: "2026-11-22" becomes "November twenty second, twenty twenty six".

    :param day_first: 3/4/2026 is the third of April, as everywhere but in the United States.
    """
    text = _ISO.sub(
        lambda found: _date(found[1], found[2], found[3], found[0]) + (" " if found[4] else ""), text
    )
    text = _SLASHED.sub(lambda found: _numeric(found, day_first=day_first), text)
    text = _DOTTED.sub(lambda found: _numeric(found, day_first=True), text)
    text = _MONTH_DAY.sub(lambda found: _named(found[1], found[2], found[4], found[0]), text)
    text = _DAY_MONTH.sub(lambda found: _named(found[2], found[1], found[4], found[0], of=True), text)
    text = _YEAR.sub(lambda found: found[1] + year(int(found[2])), text)
    text = _DECADE.sub(lambda found: _decade(int(found[1] + "0")), text)
    text = _DAY.sub(lambda found: _SHORT_DAYS[found[1]], text)
    return _MONTH.sub(lambda found: _SHORT_MONTHS[found[1]], text)


def say_times(text: str) -> str:
    """Make words: "7:05" becomes "seven oh five", "7 p.m." becomes "seven PM"."""
    text = _SPAN.sub(r"\1 to ", text)
    text = _TIME.sub(_time, text)
    text = _HOUR.sub(
        lambda found: f"{cardinal(found[1].lstrip('0'))} {found[2].upper()}M{_stop(found)}", text
    )
    return _BARE_NOON.sub(lambda found: f" {found[1].upper()}M", text)


def _time(found: re.Match[str]) -> str:
    hour, minute, second, half = int(found[1]), int(found[2]), int(found[3] or 0), found[4]
    words = clock(hour, minute)
    if half:
        return words.removesuffix(" o'clock") + f" {half.upper()}M" + _stop(found)
    if second:
        words = words.removesuffix(" o'clock") + f" and {cardinal(str(second))} second{'s' * (second != 1)}"
    return words


def _stop(found: re.Match[str]) -> str:
    """The dot of "p.m." is also the sentence's, at its end."""
    rest = found.string[found.end() :].strip()
    return "." if found[0].endswith(".") and not rest else ""


def _date(year_text: str, month: str, day: str, written: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return written
    return f"{_MONTHS[int(month) - 1]} {ordinal(int(day))}, {year(int(year_text))}"


def _numeric(found: re.Match[str], *, day_first: bool) -> str:
    first, second = found[1], found[2]
    if int(first) > 12 or (day_first and int(second) <= 12):
        first, second = second, first
    return _date(found[3], first, second, found[0])


def _named(month: str, day: str, year_text: str | None, written: str, *, of: bool = False) -> str:
    if not 1 <= int(day) <= 31:
        return written
    name = _SHORT_MONTHS.get(month, month)
    words = f"{ordinal(int(day))} of {name}" if of else f"{name} {ordinal(int(day))}"
    return words + (f", {year(int(year_text))}" if year_text else "")


def _decade(number: int) -> str:
    words = year(number)
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
