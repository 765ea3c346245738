"""Years and decades as English words: "in 1999" is "in nineteen ninety nine", "80s Hits" is "eighties Hits"."""

from __future__ import annotations

import re

from wyoming_lfm2.text.english.numbers import cardinal, year

_NUMBER = r"((?:1[1-9]|20)\d\d)(?![\w%°]|[.,:/-]\d|\s*[%°])"
_COUNTS = r"(?!\s+(?!(?-i:I|he|she|it|they|we|you|the|an?|was|were|is|are|when|but)\b)[a-z])"
"""What is counted follows: "of 2000 people"."""

_YEAR = re.compile(
    rf"\b((?:in|since|until|till|from|between|by|of|year|before|after)\s+){_NUMBER}"
    rf"(?:(\s+(?:and|or|to|until|till)\s+){_NUMBER})?{_COUNTS}",
    re.IGNORECASE,
)
_DECADE = re.compile(r"(?<![\w.,])((?:1[5-9]|20)\d)0s\b")

_MUSIC = r"music|hits?|songs?|radio|rock|pop|disco|party|playlist|mix|movies?|films?|night"
_WHOSE = r"the|his|her|their|my|your|early|mid|late|low|lower|high|upper"
_TIMER = r"timer|countdown|delay|left|remaining|interval"
_SHORT_DECADE = re.compile(
    # "90s" by itself is a minute and a half, and a title has 30s timers more often than the thirties.
    rf"((?<!\w)'|\b(?:{_WHOSE})[ -])([2-9]0)s(?!\s(?i:{_TIMER})\b)\b"
    rf"|()(?<![\w.,])([2-9]0(?=s\s(?:{_MUSIC})\b)|[5-9]0(?=s\s(?!(?i:{_TIMER})\b)[A-Z][a-z]))s"
)


def say_years(text: str) -> str:
    """Make words; to be called when dates are words already."""
    text = _YEAR.sub(_years, text)
    text = _DECADE.sub(lambda found: _several(year(int(found[1] + "0"))), text)
    return _SHORT_DECADE.sub(_short_decade, text)


def _years(found: re.Match[str]) -> str:
    words = found[1] + year(int(found[2]))
    return words + found[3] + year(int(found[4])) if found[4] else words


def _short_decade(found: re.Match[str]) -> str:
    return (found[1] or "").removesuffix("'") + _several(cardinal(found[2] or found[4]))


def _several(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
