"""Units of measurement as English words: "kWh" is "kilowatt hour", "mg/m³" is "milligram per cubic meter"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import cardinal

_PREFIXES = {
    "n": "nano", "µ": "micro", "u": "micro", "m": "milli", "c": "centi", "d": "deci", "h": "hecto",
    "k": "kilo", "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa", "Z": "zetta",
    "Y": "yotta", "Ki": "kibi", "Mi": "mebi", "Gi": "gibi", "Ti": "tebi", "Pi": "pebi", "Ei": "exbi",
    "Zi": "zebi", "Yi": "yobi",
}  # fmt: skip

_METRIC = {
    # Symbol: one of it, the prefixes that it is used with.
    "m": ("meter", "n µ m c k"),
    "g": ("gram", "n µ u m k"),
    "l": ("liter", "µ m c d h"),
    "L": ("liter", "µ m c d h"),
    "s": ("second", "n µ m"),
    "W": ("watt", "µ m k M G T"),
    "Wh": ("watt hour", "m k M G T"),
    "J": ("joule", "k M G"),
    "cal": ("calorie", "k M G"),
    "V": ("volt", "µ m k M"),
    "A": ("ampere", "µ m k"),
    "Ah": ("ampere hour", "m k"),
    "VA": ("volt ampere", "m k M"),
    "var": ("var", "m k M"),
    "varh": ("var hour", "k M"),
    "Ω": ("ohm", "m k M"),
    "S": ("siemens", "n µ u m"),
    "Hz": ("hertz", "k M G T"),
    "Pa": ("pascal", "m h k M"),
    "bar": ("bar", "m c"),
    "mol": ("mole", "µ m"),
    "Sv": ("sievert", "n µ m"),
    "Bq": ("becquerel", "k M"),
    "bit": ("bit", "k M G T"),
    "bps": ("bit per second", "k M G T"),
    "B": ("byte", "k K M G T P E Z Y Ki Mi Gi Ti Pi Ei Zi Yi"),
}

_OTHERS = {
    "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree", "K": "kelvin",
    "%": "percent", "‰": "per mille", "ppm": "part per million", "ppb": "part per billion", "p": "part",
    "in": "inch", "ft": "foot", "yd": "yard", "mi": "mile", "nmi": "nautical mile", "ac": "acre", "ha": "hectare",
    "oz": "ounce", "lb": "pound", "lbs": "pound", "st": "stone",
    "gal": "gallon", "fl. oz.": "fluid ounce", "fl oz": "fluid ounce",
    "CCF": "hundred cubic feet", "MCF": "thousand cubic feet",
    "kph": "kilometer per hour", "mph": "mile per hour", "kn": "knot", "Beaufort": "Beaufort",
    "mmHg": "millimeter of mercury", "inHg": "inch of mercury", "inH2O": "inch of water",
    "psi": "pound per square inch", "BTU": "British thermal unit",
    "dB": "decibel", "dBA": "A weighted decibel", "dBm": "decibel milliwatt", "lx": "lux", "lm": "lumen",
    "fps": "frame per second", "rpm": "revolution per minute", "bpm": "beat per minute",
    "sec": "second", "secs": "second", "min": "minute", "mins": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "w": "week", "wk": "week", "mo": "month",
    "y": "year", "yr": "year", "¢": "cent", "ct": "cent",
    "x": "time", "\N{MULTIPLICATION SIGN}": "time",
}  # fmt: skip

_SEVERAL = {
    "foot": "feet", "inch": "inches", "hertz": "hertz", "lux": "lux", "siemens": "siemens", "bar": "bar",
    "stone": "stone", "Beaufort": "Beaufort", "percent": "percent", "mille": "mille",
    "kelvin": "kelvin", "feet": "feet",
}  # fmt: skip
"""What does not get an s."""

_NAMES = _OTHERS | {
    prefix + symbol: (_PREFIXES.get(prefix, "") + name).replace("oohm", "ohm")
    for symbol, (name, prefixes) in _METRIC.items()
    for prefix in ("", *prefixes.split())
}
_LENGTHS = ("m", "cm", "mm", "km", "in", "ft", "yd", "mi")
_NAMES |= {
    length + power: f"{word} {_NAMES[length]}"
    for length in _LENGTHS
    for word, powers in (("square", "²2"), ("cubic", "³3"))
    for power in powers
}
_PERIODS = ("second", "minute", "hour", "day", "night", "week", "month", "year")
"""Behind a stroke only, since in front of it they are words already."""

_SIMPLE = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
_BELOW = rf"(?:100\s?)?(?:{'|'.join(_PERIODS)}|{_SIMPLE})"

PER = rf"\s?/\s?{_BELOW}(?!\w)"
"""Pattern of what may follow a unit, or a sum of money: "/kWh"."""

UNIT = rf"(?:{_SIMPLE})(?:/(?:{_BELOW}|\((?:{_SIMPLE})[⋅·](?:{_SIMPLE})\)))*"
"""Pattern of a unit, simple or compound; :func:`means_unit` tells whether one is meant."""

_WORDS = ("in", "ac", "st", "w")
"""Units only where nothing goes on: "0.3 in of rain" but "2 in 3"."""

CERTAIN_UNIT = rf"(?!(?:{'|'.join(_WORDS)})(?![\w/²³])){UNIT}"
"""Pattern of a unit that is no word."""

_HEAD = re.compile(r"^(.*?)(?= per | of | Celsius$| Fahrenheit$|$)")
_PARTS = re.compile(r"[/⋅·()]+")
_LETTERS = frozenset("ABJdy")
"""Units only behind a space: a flat is 5A or 12B, and a printer 3d."""
_PARTS_ONLY = frozenset("Sp")
_GOES_NOT_ON = re.compile(r"\s*(?:$|[.,;:!?)](?!\d)|\s(?:of|wide|long|high|tall|deep|thick|old|ago)\b)")
_COLOUR_TEMPERATURE = 1000
"""Kelvin from which "2700K" is one; below it is a picture's size, or thousands."""


def unit_words(written: str, number: str) -> str:
    """The words of ``written``, which :data:`UNIT` has matched: "W/m²" is "watts per square meter".

    :param number: what it is counted by, as digits; of 1 there is one.
    """
    above, *below = filter(None, _PARTS.split(written))
    name = _NAMES[above] if number.lstrip("-+\N{MINUS SIGN}") == "1" else _several(_NAMES[above])
    return name + "".join(f" per {_per(part)}" for part in below)


def per_words(written: str) -> str:
    """The words of ``written``, which :data:`PER` has matched: "/100 km" is " per one hundred kilometers"."""
    return f" per {_per(written.strip().lstrip('/').strip())}"


def means_unit(unit: str, number: str, gap: str, rest: str) -> bool:
    """Whether letters behind a number are a unit there.

    :param gap: what stands between both, a space or a hyphen or nothing.
    :param rest: the text behind the unit.
    """
    if unit in _PARTS_ONLY:
        return False
    if unit in _WORDS:
        # Without a space only "5in" is a unit: "1st" is the first.
        return _GOES_NOT_ON.match(rest) is not None if gap else unit == "in"
    if unit in _LETTERS:
        return gap.isspace() or "." in number
    if unit == "K" and not gap:
        return float(number.lstrip("+-\N{MINUS SIGN}").replace(",", "")) >= _COLOUR_TEMPERATURE
    return True


def _per(written: str) -> str:
    if written in _PERIODS:
        return written
    if written.startswith("100"):
        return f"{cardinal('100')} {_several(_NAMES.get(unit := written[3:].strip(), unit))}"
    return _NAMES[written]


def _several(name: str) -> str:
    """Of several words the last before "per" or "of" has the plural: "inches of mercury"."""
    head = _HEAD.match(name)
    assert head is not None
    before, _, last = head[1].rpartition(" ")
    plural = next((last.removesuffix(one) + many for one, many in _SEVERAL.items() if last.endswith(one)), "")
    return f"{before} {plural or last + 's'}".lstrip() + name[head.end() :]
