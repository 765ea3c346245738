"""Turns written text into the words that are read aloud.

What a client sends is written for the eye: Markdown, "21.5 °C", "7:05", a link. The
models have seen little of that, and what they make of a sign is a matter of luck
(users of other servers hear asterisks, and miss minus signs). So a sentence becomes words
before it is spoken. English has all of it; of other languages only the markup is taken
away, since their models know their numbers better than a wrong rule would.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from wyoming_lfm2.text.english.abbreviations import say_abbreviations, say_signs
from wyoming_lfm2.text.english.calculations import say_calculations
from wyoming_lfm2.text.english.dates import say_dates, say_years
from wyoming_lfm2.text.english.number_notation import normalize_numbers
from wyoming_lfm2.text.english.quantities import say_quantities
from wyoming_lfm2.text.english.telephone_numbers import say_telephone_numbers
from wyoming_lfm2.text.english.times import say_durations, say_times
from wyoming_lfm2.text.markup import drop_emoji, name_emoji, say_addresses, strip_markdown, strip_tags

_PLAIN = str.maketrans(
    {
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{DEGREE CELSIUS}": "°C",
        "\N{DEGREE FAHRENHEIT}": "°F",
        "\N{MASCULINE ORDINAL INDICATOR}": "°",
        "\N{GREEK SMALL LETTER MU}": "µ",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{SOFT HYPHEN}": None,
        "\N{ZERO WIDTH SPACE}": None,
        "\N{BYTE ORDER MARK}": None,
    }
)

_ELLIPSIS = re.compile(r"\s*(?:\.(?:\s?\.){2,}|…)(\s*\w)?")
_DASH = re.compile(r"\s*(?:[\N{EN DASH}\N{EM DASH}\N{HORIZONTAL BAR}]|--+)\s*|\s+-+\s+")
_BRACKET = re.compile(r"\s*[()\[\]{}]+\s*")
_STARS = re.compile(r"(?<=[^\W\d])\*+|\*+(?=[^\W\d])")
_UNSPOKEN = re.compile(r"[\"“”„‟«»\u2039\u203a*_`~^|\\#/]+")
_LOOSE = re.compile(r"(?<!\w)['-]+|['-]+(?!\w)")
_REPEATED = re.compile(r"([.!?])(?:\s*[.!?,;:])+|([,;:])(?:\s*[,;:])*(?:\s*([.!?]))?")
_BEFORE_STOP = re.compile(r"\s+(?=[,;:.!?](?:\s|$))")
_SPACES = re.compile(r"\s+")
_FIRST = re.compile(r"^[\s,;:.!?]+")

_KEPT = "°€$£¥₹+="
"""Signs that a model of another language than English gets as they are."""


def verbalize(text: str, language: str = "en") -> str:
    """The words of ``text``; empty if there is nothing to say.

    :param text: any text, about a sentence long; may have Markdown, tags, emoji.
    :param language: BCP 47 tag of the voice; ``en-GB`` reads 3/4/2026 with the day first.
    """
    text = _readable(text)
    text = strip_markdown(strip_tags(text))
    without = _say(drop_emoji(text), language)
    if without:
        return without
    # A reply that is nothing but a thumb that points up is an answer all the same.
    return _say(name_emoji(text), language)


def _say(text: str, language: str) -> str:
    tag = language.replace("_", "-").lower()
    text = say_addresses(text)
    english = tag.split("-")[0] == "en"
    if english:
        for step in _english(day_first=tag not in ("en", "en-us")):
            text = step(text)
    return _punctuated(text, kept="" if english else _KEPT)


def _english(*, day_first: bool) -> tuple[Callable[[str], str], ...]:
    """The order matters: each takes what the later ones would misread."""
    return (
        say_abbreviations,
        say_durations,
        lambda text: say_dates(text, day_first=day_first),
        say_years,
        say_times,
        normalize_numbers,
        say_telephone_numbers,
        say_calculations,
        say_quantities,
        say_signs,
    )


def _readable(text: str) -> str:
    """Composed, without control characters, lone surrogates and what Unicode has no meaning for."""
    composed = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return "".join(sign if _means_something(sign) else " " for sign in composed)


def _means_something(sign: str) -> bool:
    # Format characters hold emoji together, and are dealt with there.
    category = unicodedata.category(sign)
    return sign.isspace() or category == "Cf" or category[0] != "C"


def _punctuated(text: str, *, kept: str) -> str:
    """Only what a voice can read: words, and one sign at a time between them.

    :param kept: signs that stay all the same.
    """
    text = _ELLIPSIS.sub(lambda found: f", {found[1].strip()}" if found[1] else ".", text)
    text = _BRACKET.sub(", ", _DASH.sub(", ", text))
    text = _UNSPOKEN.sub(" ", _STARS.sub("", text))
    text = "".join(sign if sign in kept or _is_readable(sign) else " " for sign in text)
    text = _LOOSE.sub(" ", text)
    text = _BEFORE_STOP.sub("", _SPACES.sub(" ", text))
    text = _REPEATED.sub(_one_sign, text)
    text = _FIRST.sub("", text).strip(" ,;")
    return text if any(sign.isalnum() for sign in text) else ""


def _is_readable(sign: str) -> bool:
    """No sign and nothing invisible; combining marks stay, without which many scripts have no vowels."""
    category = unicodedata.category(sign)
    return category[0] not in "SCM" or category in ("Mn", "Mc")


def _one_sign(found: re.Match[str]) -> str:
    return found[1] or found[3] or found[2]
