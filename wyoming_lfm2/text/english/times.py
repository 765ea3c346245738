"""Times of day as English words: "7:05" is "seven oh five", "7 p.m." is "seven PM"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import cardinal, clock
from wyoming_lfm2.text.english.stops import stop_behind

_NOON = r"(?:\s?([ap])\.?m\b\.?)"
_TIME = re.compile(
    rf"(?<![\d:.,])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?![\d:])(?:{_NOON}|(?:Z|\+\d\d:?\d\d)(?!\w))?",
    re.IGNORECASE,
)
_TO = r"\s?[-\u2013\u2014]\s?"
_SPAN = re.compile(
    rf"(\d:[0-5]\d(?:\s?[ap]\.?m\.?)?){_TO}(?=\d{{1,2}}:[0-5]\d)"
    rf"|(?<![\d:.,/-])((?:\d{{1,2}}(?::[0-5]\d)?|noon|midnight)(?:\s?[ap]\.?m\.?)?){_TO}"
    r"(?=\d{1,2}(?::[0-5]\d)?\s?[ap]\.?m\b)",
    re.IGNORECASE,
)
_HOUR = re.compile(rf"(?<![\d:.,])(1[0-2]|0?[1-9]){_NOON}", re.IGNORECASE)
_BARE_NOON = re.compile(r"(?<=[a-z\d]) ([ap])\.m\b\.?", re.IGNORECASE)


def say_times(text: str) -> str:
    """Make words; to be called when dates are words already."""
    text = _SPAN.sub(lambda found: f"{found[1] or found[2]} to ", text)
    text = _TIME.sub(_time, text)
    text = _HOUR.sub(
        lambda found: f"{cardinal(found[1].lstrip('0'))} {found[2].upper()}M{stop_behind(found)}", text
    )
    return _BARE_NOON.sub(lambda found: f" {found[1].upper()}M{stop_behind(found)}", text)


def _time(found: re.Match[str]) -> str:
    hour, minute, second, half = int(found[1]), int(found[2]), int(found[3] or 0), found[4]
    words = clock(hour, minute)
    if half:
        return words.removesuffix(" o'clock") + f" {half.upper()}M" + stop_behind(found)
    if second:
        words = words.removesuffix(" o'clock") + f" and {cardinal(str(second))} second{'s' * (second != 1)}"
    return words
