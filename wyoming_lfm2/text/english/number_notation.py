"""Brings numbers into one notation: "10 000,50 €" becomes "10000.50 €", a dash before a digit a minus."""

from __future__ import annotations

import re
import unicodedata

from wyoming_lfm2.text.english.money import CURRENCY
from wyoming_lfm2.text.english.units import CERTAIN_UNIT

_SUBSCRIPT = re.compile("[\u2080-\u2089]+")
_LEADING_POINT = re.compile(r"(?<![\w.)\]])\.(?=\d)")

_COUNTED = rf"\s?(?:{CERTAIN_UNIT}|{CURRENCY})(?!\w)"
_DECIMAL_COMMA = re.compile(
    rf"(?<![\w.,+'])(\d+),(\d+)(?=(?:\s?[-\u2013]\s?\d+,\d+)?{_COUNTED})|(?<=[€£$¥₹])(\d+),(\d\d)(?![\d,])"
)
_GROUPS = re.compile(
    r"(?<![\w.,+'])(?<!\d[ -])([1-9]\d{0,2})((?:[ \u00a0\u2009]\d{3})+|(?:\.\d{3})+(?=,\d))(,\d+)?(?!\d|[ ,.:/'-]\d)"
)
# Not "lamp 2 100 %": there are seldom thousands of per cents and degrees.
_COUNTED_GROUPS = re.compile(rf"(?!\s?[%‰°]){_COUNTED}")
_AFTER_SIGN = re.compile(r"[€£$¥₹]\s?$")
_AFTER_NAME = re.compile(r"\b[A-Z]\w*\s$")

_MINUS = re.compile(r"(?:(?<=[\s(\[{\"'“\u2018=:/<>~≈±])(?<!\d )(?<![°CFK%] )|^)\u2013(?=\d|[$€£¥₹]\s?\d)")
_LOOSE_MINUS = re.compile(
    r"\b(is|are|was|were|be|at|to|of|from|between|and|below|above|than|about|around|reach(?:es|ed)?)"
    rf"\s+[-\u2013]\s+(?=\d+(?:\.\d+)?(?:{_COUNTED}|\s?degrees|[.,;:!?)]|$))",
    re.IGNORECASE,
)


def normalize_numbers(text: str) -> str:
    """Text whose numbers have a decimal point, no spaces between their digits, and a minus or none."""
    text = _SUBSCRIPT.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _LEADING_POINT.sub("0.", text)
    text = _DECIMAL_COMMA.sub(_with_point, _GROUPS.sub(_ungrouped, text))
    text = _MINUS.sub("\N{MINUS SIGN}", text)
    return _LOOSE_MINUS.sub("\\1 \N{MINUS SIGN}", text)


def _ungrouped(found: re.Match[str]) -> str:
    first, groups, decimals = found[1], re.findall(r"\d+", found[2]), found[3] or ""
    before, behind = found.string[: found.start()], found.string[found.end() :]
    counted = _AFTER_SIGN.search(before) or _COUNTED_GROUPS.match(behind)
    # "Phase 1 230 V" is the first phase.
    if len(first) == 1 and _AFTER_NAME.search(before):
        counted = None
    if not counted and "." not in found[2] and (decimals or any(group != "000" for group in groups)):
        return found[0]
    return "".join((first, *groups)) + decimals.replace(",", ".")


def _with_point(found: re.Match[str]) -> str:
    whole, decimals = found[1] or found[3], found[2] or found[4]
    if len(decimals) == 3 and len(whole) <= 3 and whole != "0":
        return found[0]  # thousands
    return f"{whole}.{decimals}"
