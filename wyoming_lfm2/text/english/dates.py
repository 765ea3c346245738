"""Dates as English words, and the short names of days and months."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import ordinal, year
from wyoming_lfm2.text.english.stops import stop_behind

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
