"""Numbers and what belongs to them as English words: units, degrees, per cent, money, ranges, fractions."""

from __future__ import annotations

import re
from math import gcd

from wyoming_lfm2.text.english.abbreviations import stop_behind
from wyoming_lfm2.text.english.money import CURRENCY, say_money
from wyoming_lfm2.text.english.numbers import NUMBER, cardinal, digits, ordinal
from wyoming_lfm2.text.english.units import UNIT, means_unit, per_words, unit_words

_RANGE = re.compile(
    rf"(?<![\w.,:/\u2212-])([-\u2212]?\d+(?:\.\d+)?)(\s?(?:{UNIT})|)"
    rf"\s?[-\u2013\u2014]\s?((?:{CURRENCY})?)([-\u2212]?\d+(?:\.\d+)?)(?![\d/-]|[.,:]\d)"
)
_SCALED = re.compile(rf"({NUMBER})(k|K|M|B|bn)(?!\w)")
_SCALES = {"k": "thousand", "K": "thousand", "M": "million", "B": "billion", "bn": "billion"}
_UNIT_BEHIND = rf"([\s-]?)({UNIT})(?![\w²³°]|'\w|\.\w|/(?!\s?[-\u2212]?\d))"
_WITH_UNIT = re.compile(rf"({NUMBER}){_UNIT_BEHIND}(\s?/\s?(?=[-\u2212]?\d))?")
_PER = re.compile(r"(?<=[a-z])\s?/\s?(?:kWh|h|s|min|hour|day|week|month|year|kg|l|km|m²)\b")
_NAMED_DEGREES = re.compile(r"\s?°\s?(?=Celsius|Fahrenheit)")
_LONE_DEGREES = re.compile(r"°\s?([CF])?(?!\w)")
_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,9})(?:st|nd|rd|th)\b")
_FRACTION = re.compile(
    rf"(?<![\w./,])(?:(\d+)[ -])?(0|[1-9]\d{{0,3}})[/\N{{FRACTION SLASH}}]([1-9]\d{{0,3}})"
    rf"(?:{_UNIT_BEHIND}|(?![\w/]|\.\d))"
)
_VULGAR = re.compile(r"(?<![\w./,])(\d+)?\s?([¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_VULGAR_WORDS = {
    "¼": "a quarter", "½": "a half", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds", "⅕": "one fifth",
    "⅖": "two fifths", "⅗": "three fifths", "⅘": "four fifths", "⅙": "one sixth", "⅚": "five sixths",
    "⅛": "one eighth", "⅜": "three eighths", "⅝": "five eighths", "⅞": "seven eighths",
}  # fmt: skip
_FRACTION_WORDS = {(1, 2): "one half", (1, 4): "one quarter", (3, 4): "three quarters"}
_PARTS = (*range(3, 11), 12, 16)
_STROKE = re.compile(r"(?<=\d)\s?/\s?(?=[-\u2212]?\d)")
_DOTTED = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+){2,})(?!\w)")
_BARE = re.compile(rf"{NUMBER}(?!\w|\.\d)")
_LEFT = re.compile(r"\d+(?:\.\d+)?")


def say_quantities(text: str) -> str:
    """Every number as words, with what belongs to it: "21.5 °C" is "twenty one point five degrees Celsius"."""
    text = _VULGAR.sub(_vulgar, text)
    text = _DOTTED.sub(lambda found: " dot ".join(map(cardinal, found[1].split("."))), text)
    text = _RANGE.sub(_range, text)
    text = say_money(text)
    text = _STROKE.sub(", ", _FRACTION.sub(_fraction, text))
    text = _SCALED.sub(_scaled, text)
    text = _WITH_UNIT.sub(_with_unit, text)
    text = _PER.sub(lambda found: per_words(found[0]), text)
    text = _NAMED_DEGREES.sub(" degrees ", text)
    text = _LONE_DEGREES.sub(lambda found: f" {unit_words('°' + (found[1] or ''), '')}", text)
    text = _ORDINAL.sub(lambda found: ordinal(int(found[1])), text)
    return _LEFT.sub(lambda found: f" {_left(found[0])} ", _BARE.sub(lambda found: cardinal(found[0]), text))


def _with_unit(found: re.Match[str]) -> str:
    number, gap, unit, stroke = found[1], found[2], found[3], found[4]
    if not means_unit(unit, number, gap, found.string[found.end(3) :]):
        return found[0]
    # A "32-bit number" is of 32 bits.
    words = f"{cardinal(number)} {unit_words(unit, '1' if gap == '-' else number)}"
    return words + (", " if stroke else stop_behind(found))


def _scaled(found: re.Match[str]) -> str:
    number, scale = found[1], found[2]
    # "4K" and "12B" are names, "10k" is said as it is written.
    if "." in number or scale in ("M", "bn"):
        return f"{cardinal(number)} {_SCALES[scale]}"
    return found[0]


def _range(found: re.Match[str]) -> str:
    low, unit, currency, high = found[1], found[2], found[3], found[4]
    signed = "-" in low + high or "\N{MINUS SIGN}" in low + high
    if not signed and (float(low) >= float(high) or len(high) > len(low) + 3):
        return found[0] if not found[0].count("-") else f"{low}{unit} {currency}{high}"
    return f"{low}{unit} to {currency}{high}"


def _fraction(found: re.Match[str]) -> str:
    above, below = int(found[2]), int(found[3])
    if (above, below) == (24, 7):
        return "twenty four seven"
    if (above, below) in _FRACTION_WORDS:
        words = _FRACTION_WORDS[above, below]
    elif 0 < above < below and below in _PARTS and not (found[5] and gcd(above, below) > 1):
        words = f"{cardinal(str(above))} {ordinal(below)}{'s' if above > 1 else ''}"
    else:
        words = f"{cardinal(str(above))} out of {cardinal(str(below))}" if above <= below else ""
        words = words or f"{cardinal(str(above))} over {cardinal(str(below))}"
    words = f"{cardinal(found[1])} and {words}" if found[1] else words
    if found[5] and means_unit(found[5], "1", found[4], found.string[found.end() :]):
        return f"{words} {unit_words(found[5], '2' if found[1] or ' o' in words else '1')}"
    return words + found[0][found.end(3) - found.start() :]


def _vulgar(found: re.Match[str]) -> str:
    words = _VULGAR_WORDS[found[2]]
    return f"{cardinal(found[1])} and {words}" if found[1] else words


def _left(number: str) -> str:
    """A number inside of a word, such as "H2O", "A4" or "PM2.5"."""
    return cardinal(number) if len(number.partition(".")[0]) <= 4 else digits(number)
