"""Sums of money as English words: "$5.99" is "five dollars and ninety nine cents"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import NUMBER, UNSIGNED, cardinal
from wyoming_lfm2.text.english.units import PER, per_words

_CURRENCIES = {
    # Sign or code: one, several, a hundredth, hundredths.
    "$": ("dollar", "dollars", "cent", "cents"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "CA$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
}
CURRENCY = "|".join(
    (r"(?<!\w)" if sign[0].isalpha() else "") + re.escape(sign)
    for sign in sorted(_CURRENCIES, key=len, reverse=True)
)
"""Pattern of a sign or a code."""

_SCALES = {"k": "thousand", "K": "thousand", "M": "million", "m": "million", "bn": "billion", "B": "billion"}
_SCALE = r"\s?(?:(thousand|million|billion|trillion)|(k|K|M|m|bn|B))?(?!\w)"

_BEFORE = re.compile(rf"([-\u2212]?)({CURRENCY})\s?({UNSIGNED}){_SCALE}({PER})?")
_BEHIND = re.compile(rf"({NUMBER})\s?({CURRENCY})(?!\w)({PER})?")


def say_money(text: str) -> str:
    """Sums as words: "0.25 €/kWh" is "twenty five cents per kilowatt hour"."""
    text = _BEFORE.sub(
        lambda found: _sum(found[1] + found[3], found[2], found[4] or _SCALES.get(found[5])) + _per(found[6]),
        text,
    )
    return _BEHIND.sub(lambda found: _sum(found[1], found[2], None) + _per(found[3]), text)


def _sum(written: str, sign: str, scale: str | None) -> str:
    one, several, cent, cents = _CURRENCIES[sign]
    number = written.lstrip("+-\N{MINUS SIGN}").replace(",", "")
    minus = "" if written.startswith(("+", number[:1])) else "minus "
    whole, point, rest = number.partition(".")
    if scale:
        return f"{minus}{cardinal(number)} {scale} {several}"
    if point and len(rest) != 2:
        return f"{minus}{cardinal(number)} {several}"
    parts = []
    if int(whole) or not int(rest or "0"):
        parts.append(f"{cardinal(whole)} {one if whole == '1' else several}")
    if int(rest or "0"):
        parts.append(f"{cardinal(str(int(rest)))} {cent if rest == '01' else cents}")
    return minus + " and ".join(parts)


def _per(written: str | None) -> str:
    return per_words(written) if written else ""
