"""Times of day and durations as English words: "7 p.m." is "seven PM", "1h 30m" is "one hour thirty minutes"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.abbreviations import stop_behind
from wyoming_lfm2.text.english.numbers import cardinal, clock

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

_UNITS = ("week", "day", "hour", "minute", "second")
_CHAIN = re.compile(
    r"(?<![\w.,:])(?=\d+\s?[a-z]+,?\s?\d)(?:(\d+)\s?w,?\s?)?(?:(\d+)\s?d,?\s?)?(?:(\d+)\s?h(?:rs?)?,?\s?)?"
    r"(?:(\d+)\s?m(?:ins?)?,?\s?)?(?:(\d+)\s?s(?:ecs?)?)?(?<![\s,])(?![\w²³/]|\.\w)"
)
_CLOCK = re.compile(
    r"(?<![\d:.,\u2013-])(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)(?![\d:Z+]|\.\d|\s?[ap]\.?m\b)", re.IGNORECASE
)
_MINUTES = re.compile(r"(?<![\w.,])(\d+)([\s-]?)m(?![\w²³/'])")

_TIMER_BEFORE = re.compile(
    r"\b(?:timers?|countdown|remaining|elapsed|duration|time left)"
    r"(?:\s+(?:is|was|set|started|for|of|to|has|time))*(?::\s*|\s+)$",
    re.IGNORECASE,
)
_TIMER_BEHIND = re.compile(
    r"(?:\s+|-)(?:left|remaining|to go|elapsed|ago|timers?|countdown)\b", re.IGNORECASE
)
_TIME_BEFORE = re.compile(
    r"(?:\d[ T]|\b(?:at|since|until|till|by|from|to|before|after|it's|it is|time is)\s+)$", re.IGNORECASE
)


def say_times(text: str) -> str:
    """Make words: "7:05" is "seven oh five"; to be called when dates are words already."""
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


def say_durations(text: str) -> str:
    """Make words: "1h 30m", and "5:00" where a timer is meant; to be called before dates and times are words."""
    text = _CHAIN.sub(_chain, text)
    text = _CLOCK.sub(_clock, text)
    return _MINUTES.sub(_minutes, text)


def _chain(found: re.Match[str]) -> str:
    parts = {unit: number for unit, number in zip(_UNITS, found.groups(), strict=True) if number}
    return _words(parts) if len(parts) > 1 else found[0]


def _clock(found: re.Match[str]) -> str:
    hours, minutes, seconds = found.groups()
    # No clock shows seconds just after midnight as often as a timer shows them.
    short = hours is not None and not int(hours) and not _TIME_BEFORE.search(found.string[: found.start()])
    if not short and not _of_timer(found):
        return found[0]
    parts = {"hour": hours or "0", "minute": minutes, "second": seconds}
    return _words({unit: number for unit, number in parts.items() if int(number)} or {"second": "0"})


def _minutes(found: re.Match[str]) -> str:
    if not _of_timer(found):
        return found[0]
    # A "10-m timer" is one of ten minutes.
    return f"{cardinal(found[1])} minute" if found[2] == "-" else _words({"minute": found[1]})


def _of_timer(found: re.Match[str]) -> bool:
    before, behind = found.string[: found.start()], found.string[found.end() :]
    return bool(_TIMER_BEFORE.search(before) or _TIMER_BEHIND.match(behind))


def _words(parts: dict[str, str]) -> str:
    numbers = ((unit, int(number)) for unit, number in parts.items())
    return " ".join(f"{cardinal(str(number))} {unit}{'s' * (number != 1)}" for unit, number in numbers)
