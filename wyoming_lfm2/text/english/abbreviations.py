"""English abbreviations and signs as words, and whether the dot of an abbreviation also ends its sentence."""

from __future__ import annotations

import re

_TITLES = {"Mr": "Mister", "Mrs": "Missis", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor"}
_LATIN = {
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "vs.": "versus",
    "approx.": "approximately",
    "incl.": "including",
    "resp.": "respectively",
    "ca.": "about",
    "w/o": "without",
    "w/": "with",
    "aka": "also known as",
}
_TITLE = re.compile(rf"\b({'|'.join(_TITLES)})\b\.?(?=\s+[A-Z])")
_ABBREVIATION = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, _LATIN))})(?!\w)(,?)", re.IGNORECASE)
_NUMBERED = re.compile(r"\b(?:No\.|Nr\.|№)\s?(?=\d)|(?<!\w)#(?=\d)")
_ABOUT = re.compile(r"(?<![\w~])[~≈]\s?(?=[\d$€£])")

_SIGNS = {
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
    "±": " plus or minus ",
    "\N{MULTIPLICATION SIGN}": " times ",
    "÷": " divided by ",
    "≈": " about ",
    "≠": " is not ",
    "≤": " at most ",
    "≥": " at least ",
    "<": " less than ",
    ">": " greater than ",
    "@": " at ",
    "µ": " micro ",
    "²": " squared",
    "³": " cubed",
    "%": " percent",
}
_ARROW = re.compile(r"\s*(?:[→⇒➜]|[-=]>)\s*")
_EITHER = re.compile(r"(?<=[A-Za-z])/(?=[A-Za-z])")

_SENTENCE_END = re.compile(
    r"[\s\"')\]]*$"
    # A name goes on: "Wed. Jan. 3", "7 p.m. Monday", "7 p.m. EST".
    r"|\s+(?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|UTC)|[A-Z]{1,3}T\b)[\"'(]*[A-Z]"
)


def say_abbreviations(text: str) -> str:
    """Make words: "Dr. Who, e.g." becomes "Doctor Who, for example"; to be called while numbers are still digits."""
    text = _TITLE.sub(lambda found: _TITLES[found[1]], text)
    text = _ABBREVIATION.sub(_latin, text)
    text = _NUMBERED.sub("number ", text)
    return _ABOUT.sub("about ", text)


def say_signs(text: str) -> str:
    """Signs that have a name as words; to be called when numbers are words."""
    text = _ARROW.sub(", ", text)
    text = _EITHER.sub(" or ", text.replace("and/or", "and or"))
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    return text


def stop_behind(found: re.Match[str]) -> str:
    """A dot if the one at the end of ``found`` also ends its sentence, else nothing."""
    return "." if found[0].endswith(".") and _SENTENCE_END.match(found.string, found.end()) else ""


def _latin(found: re.Match[str]) -> str:
    words = _LATIN[found[1].lower()] + found[2]
    # "etc." may stand at the end of a sentence; behind the others it goes on.
    ends = found[1].lower() == "etc." or not found.string[found.end() :].strip()
    return words + (stop_behind(found) if ends else "")
