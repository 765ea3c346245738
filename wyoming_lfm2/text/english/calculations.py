"""Calculations as English words: a hyphen between numbers is "minus", an asterisk "times", a stroke "divided by"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import UNSIGNED
from wyoming_lfm2.text.english.units import UNIT

_OPERAND = rf"\(*[-\u2212]?(?:{UNSIGNED}(?:\s?(?:{UNIT}))?(?!\w)|(?<!\w)[A-Za-z](?!\w))\)*"
_CALCULATION = re.compile(
    rf"(?<![\w.,:/\u2212-]){_OPERAND}(?:\s*[-\u2013\u2212*/\u00d7÷⋅·+]\s*{_OPERAND})+"
    r"(?=\s*=|\s+(?:is|equals|makes|gives)\s+[-\u2212]?\d)"
)
_OPERATOR = re.compile(r"(?<=[\w°%)])(?:\s*([-\u2013*\u00d7÷⋅·])\s*|\s+(/)\s+)(?=[\w(\u2212-])")
_SPOKEN = {
    "-": "minus",
    "\N{EN DASH}": "minus",
    "*": "times",
    "\N{MULTIPLICATION SIGN}": "times",
    "⋅": "times",
    "·": "times",
    "÷": "divided by",
    "/": "divided by",
}
_PRODUCT = re.compile(r"(?<=\d)\s*\*\s*(?=[-\u2212]?\d)")
_MINUS = re.compile(r"(?<=[\w°%)])\s+\u2212\s+(?=\d)|(?<=[\d%)])\u2212(?=\d)")


def say_calculations(text: str) -> str:
    """Operators as words: "7 - 5 = 2" becomes "7 minus 5 = 2"; to be called while numbers are still digits."""
    text = _CALCULATION.sub(lambda found: _OPERATOR.sub(_operator, found[0]), text)
    # These two are never anything else.
    return _MINUS.sub(" minus ", _PRODUCT.sub(" times ", text))


def _operator(found: re.Match[str]) -> str:
    return f" {_SPOKEN[found[1] or found[2]]} "
