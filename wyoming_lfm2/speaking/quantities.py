"""Numbers with something behind or before them: units, degrees, per cent, money, ranges, fractions."""

from __future__ import annotations

import re

from .numbers import cardinal, digits, ordinal

_UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMBER = rf"(?<![\w.])[-+\u2212]?{_UNSIGNED}"
"""With a sign only where nothing stands before it; "3-4" is a range. U+2212 is the minus sign."""

_UNITS = {
    # Written: one of it, several of it. Only what is hardly ever meant otherwise.
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "K": ("kelvin", "kelvin"),
    "%": ("percent", "percent"),
    "‰": ("per mille", "per mille"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "km": ("kilometer", "kilometers"),
    "m/s": ("meter per second", "meters per second"),
    "mph": ("mile per hour", "miles per hour"),
    "mi": ("mile", "miles"),
    "m²": ("square meter", "square meters"),
    "m2": ("square meter", "square meters"),
    "m³": ("cubic meter", "cubic meters"),
    "m3": ("cubic meter", "cubic meters"),
    "km²": ("square kilometer", "square kilometers"),
    "m": ("meter", "meters"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yards"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"),
    "µg/m³": ("microgram per cubic meter", "micrograms per cubic meter"),
    "l": ("liter", "liters"),
    "L": ("liter", "liters"),
    "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "Wh": ("watt hour", "watt hours"),
    "MW": ("megawatt", "megawatts"),
    "kW": ("kilowatt", "kilowatts"),
    "W": ("watt", "watts"),
    "V": ("volt", "volts"),
    "mA": ("milliampere", "milliamperes"),
    "mAh": ("milliampere hour", "milliampere hours"),
    "GHz": ("gigahertz", "gigahertz"),
    "MHz": ("megahertz", "megahertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "Hz": ("hertz", "hertz"),
    "dBm": ("decibel milliwatt", "decibel milliwatts"),
    "dB": ("decibel", "decibels"),
    "lx": ("lux", "lux"),
    "lm": ("lumen", "lumens"),
    "hPa": ("hectopascal", "hectopascals"),
    "mbar": ("millibar", "millibars"),
    "bar": ("bar", "bar"),
    "inHg": ("inch of mercury", "inches of mercury"),
    "psi": ("pound per square inch", "pounds per square inch"),
    "ppm": ("part per million", "parts per million"),
    "ppb": ("part per billion", "parts per billion"),
    "TB": ("terabyte", "terabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "kB": ("kilobyte", "kilobytes"),
    "KB": ("kilobyte", "kilobytes"),
    "Mbit/s": ("megabit per second", "megabits per second"),
    "Mbps": ("megabit per second", "megabits per second"),
    "fps": ("frame per second", "frames per second"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "ms": ("millisecond", "milliseconds"),
    "s": ("second", "seconds"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "kcal": ("kilocalorie", "kilocalories"),
    "x": ("time", "times"),
    "\N{MULTIPLICATION SIGN}": ("time", "times"),
}
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))

_CURRENCIES = {
    # Sign or code: one, several, a hundredth, hundredths.
    "$": ("dollar", "dollars", "cent", "cents"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
}
_SIGN = "|".join(map(re.escape, _CURRENCIES))
_SCALES = {"k": "thousand", "K": "thousand", "M": "million", "m": "million", "bn": "billion", "B": "billion"}
_SCALE = r"\s?(?:(thousand|million|billion|trillion)|(k|K|M|m|bn|B))?(?!\w)"

_BEFORE = re.compile(rf"([-\u2212]?)({_SIGN})\s?({_UNSIGNED}){_SCALE}")
_BEHIND = re.compile(rf"({_NUMBER})()\s?({_SIGN})(?!\w)")
_RANGE = re.compile(
    rf"(?<![\w.,:/-])(\d+(?:\.\d+)?)(\s?(?:{_UNIT})|)\s?[-\u2013\u2014]\s?(\d+(?:\.\d+)?)(?![\d/-]|[.,:]\d)"
)
_WITH_UNIT = re.compile(rf"({_NUMBER})[\s-]?({_UNIT})(?![\w²³/°]|\.\w)")
_PER_UNIT = re.compile(r"(?<=[a-z])\s?/\s?(kWh|h|s|min|day|month|year|kg|l|km|m²)\b")
_NAMED_DEGREES = re.compile(r"\s?°\s?(?=Celsius|Fahrenheit)")
_LONE_DEGREES = re.compile(r"°\s?([CF])?(?!\w)")
_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,9})(?:st|nd|rd|th)\b")
_FRACTION = re.compile(r"(?<![\w./,])(?:(\d+)[ -])?(\d{1,2})[/\N{FRACTION SLASH}](\d{1,2})(?![\w/]|\.\d)")
_VULGAR = re.compile(r"(?<![\w./,])(\d+)?\s?([¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_VULGAR_WORDS = {
    "¼": "a quarter", "½": "a half", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds", "⅕": "one fifth",
    "⅖": "two fifths", "⅗": "three fifths", "⅘": "four fifths", "⅙": "one sixth", "⅚": "five sixths",
    "⅛": "one eighth", "⅜": "three eighths", "⅝": "five eighths", "⅞": "seven eighths",
}  # fmt: skip
_FRACTION_WORDS = {(1, 2): "one half", (1, 4): "one quarter", (3, 4): "three quarters"}
_PHONE = re.compile(r"(?<![\w.])(?:\+\d{1,3}[ -])?\(?\d{2,4}\)?(?:[ -]\d{3,4}){1,3}(?![\w.-]*\d)")
_DOTTED = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+){2,})(?!\w)")
_BARE = re.compile(rf"{_NUMBER}(?!\w)")
_LEFT = re.compile(r"\d+")


def say_quantities(text: str) -> str:
    """Every number as words, with what belongs to it: "21.5 °C" is "twenty one point five degrees Celsius"."""
    text = _VULGAR.sub(_vulgar, text)
    text = _DOTTED.sub(lambda found: " dot ".join(map(cardinal, found[1].split("."))), text)
    text = _PHONE.sub(_phone, text)
    text = _RANGE.sub(_range, text)
    text = _BEFORE.sub(lambda found: _money(found[3], found[2], found[1], found[4], found[5]), text)
    text = _BEHIND.sub(lambda found: _money(found[1], found[3], "", None, None), text)
    text = _WITH_UNIT.sub(lambda found: f"{cardinal(found[1])} {_unit(found[2], found[1])}", text)
    text = _PER_UNIT.sub(
        lambda found: f" per {_UNITS[found[1]][0] if found[1] in _UNITS else found[1]}", text
    )
    text = _NAMED_DEGREES.sub(" degrees ", text)
    text = _LONE_DEGREES.sub(lambda found: " " + _UNITS[f"°{found[1] or ''}"][1], text)
    text = _ORDINAL.sub(lambda found: ordinal(int(found[1])), text)
    text = _FRACTION.sub(_fraction, text)
    return _LEFT.sub(lambda found: f" {_left(found[0])} ", _BARE.sub(lambda found: cardinal(found[0]), text))


def _unit(unit: str, number: str) -> str:
    return _UNITS[unit][0 if number.lstrip("-+\N{MINUS SIGN}") == "1" else 1]


def _money(number: str, sign: str, minus: str, scale: str | None, short_scale: str | None) -> str:
    one, several, cent, cents = _CURRENCIES[sign]
    words = "minus " if minus else ""
    whole, point, rest = number.replace(",", "").partition(".")
    if scale or short_scale:
        return f"{words}{cardinal(number)} {scale or _SCALES[short_scale or '']} {several}"
    if point and len(rest) != 2:
        return f"{words}{cardinal(number)} {several}"
    parts = []
    if int(whole) or not int(rest or "0"):
        parts.append(f"{cardinal(whole)} {one if whole.lstrip('+-') == '1' else several}")
    if int(rest or "0"):
        parts.append(f"{cardinal(str(int(rest)))} {cent if rest == '01' else cents}")
    return words + " and ".join(parts)


def _range(found: re.Match[str]) -> str:
    low, unit, high = found[1], found[2], found[3]
    if float(low) >= float(high) or len(high) > len(low) + 3:
        return found[0] if not found[0].count("-") else f"{low}{unit} {high}"
    return f"{low}{unit} to {high}"


def _fraction(found: re.Match[str]) -> str:
    above, below = int(found[2]), int(found[3])
    if (above, below) == (24, 7):
        return "twenty four seven"
    if (above, below) in _FRACTION_WORDS:
        words = _FRACTION_WORDS[above, below]
    elif 0 < above < below and below > 2 and (below <= 10 or below in (12, 16)):
        words = f"{cardinal(str(above))} {ordinal(below)}{'s' if above > 1 else ''}"
    else:
        words = f"{cardinal(str(above))} out of {cardinal(str(below))}" if above <= below else ""
        words = words or f"{cardinal(str(above))} over {cardinal(str(below))}"
    return f"{cardinal(found[1])} and {words}" if found[1] else words


def _vulgar(found: re.Match[str]) -> str:
    words = _VULGAR_WORDS[found[2]]
    return f"{cardinal(found[1])} and {words}" if found[1] else words


def _phone(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    # "10 200" may be anything; a telephone number has seven digits at least, or a plus sign.
    if sum(map(len, groups)) < 7:
        return found[0]
    return ("plus " if found[0].startswith("+") else "") + ", ".join(map(digits, groups))


def _left(number: str) -> str:
    """A number inside of a word, such as "H2O" or "A4"."""
    return cardinal(number) if len(number) <= 4 else digits(number)
