"""How long something is to take, out of an English sentence: "an hour and a half", "5 min", "ninety seconds"."""

from __future__ import annotations

import re

# fmt: off
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}
# fmt: on
_ONES = {word: number for number, word in enumerate(_SMALL)} | {"a": 1, "an": 1}

_UNITS = {"h": 3600, "m": 60, "s": 1}
_UNIT = r"(?P<unit>hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b"
_ONE = "|".join(sorted(_ONES, key=len, reverse=True))
_TEN = "|".join(_TENS)
_WORDS = (
    rf"(?:(?:{_ONE})\s+hundred(?:\s+and)?(?:\s+(?:{_TEN}|{_ONE})\b)*|(?:{_TEN})(?:\s+(?:{_ONE}))?|(?:{_ONE}))"
)
_NUMBER = rf"(?P<number>\d+(?:\.\d+)?|{_WORDS})"
_PART = re.compile(
    rf"\b(?:(?P<part>half|(?:a\s+|three\s+)?quarters?)(?:\s+of)?\s+an?|{_NUMBER}(?P<half>\s+and\s+a\s+half)?)\s*"
    rf"{_UNIT}(?P<half_after>\s+and\s+a\s+half\b)?"
)
_CLOCK = re.compile(r"\b(?:(\d{1,2}):)?(\d{1,2}):(\d\d)\b")
_JOIN = re.compile(r"\s*(?:,|and|\s)?\s*")


def find_duration(text: str) -> tuple[float, tuple[int, int]] | None:
    """The first duration in a sentence.

    :param text: lower case, without hyphens.
    :returns: seconds, and where it stands: from, to; None if there is none.
    """
    if (clock := _CLOCK.search(text)) is not None:
        hours, minutes, seconds = (int(group or 0) for group in clock.groups())
        return float(hours * 3600 + minutes * 60 + seconds), clock.span()
    found = _PART.search(text)
    if found is None:
        return None
    begin, total = found.start(), 0.0
    smallest = float("inf")
    # "one hour and twenty minutes" is one duration, "five minutes, ten minutes" are two.
    while found is not None and (unit := _UNITS[found["unit"][0]]) < smallest:
        total += _seconds(found, unit)
        smallest, end = unit, found.end()
        joint = _JOIN.match(text, end)
        found = _PART.match(text, joint.end()) if joint is not None else None
    return total, (begin, end)


def number_in(words: str) -> float:
    """What a numeral or a number in words, below a thousand, comes to."""
    if words[0].isdigit():
        return float(words)
    total = 0
    for word in words.split():
        if word == "hundred":
            total *= 100
        elif word != "and":
            total += _TENS.get(word) or _ONES[word]
    return float(total)


def say_duration(seconds: float) -> str:
    """In words and digits: "1 hour and 5 minutes"; at least a second."""
    whole = max(1, round(seconds))
    counts = (("hour", whole // 3600), ("minute", whole % 3600 // 60), ("second", whole % 60))
    parts = [f"{count} {unit}{'s' * (count != 1)}" for unit, count in counts if count]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _seconds(found: re.Match[str], unit: int) -> float:
    if part := found["part"]:
        return {"half": 0.5, "three": 0.75}.get(part.split()[0], 0.25) * unit
    return (number_in(found["number"]) + 0.5 * bool(found["half"] or found["half_after"])) * unit
