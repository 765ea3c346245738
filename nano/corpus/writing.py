"""Turns a raw sentence into a transcript as LFM2-Audio writes it: capital, punctuation, digits, percent signs."""

from __future__ import annotations

import re
from itertools import pairwise

_QUESTIONS = (
    "what what's who who's where where's when when's which how how's is are will do does did can could would should why"
).split()
_REPLACED = (
    (re.compile(r"\s*°"), " degrees"),
    (re.compile(r"(\d) ?%"), r"\1%"),
    (re.compile(r"(\d) percent\b"), r"\1%"),
    (re.compile(r"(\d)-(second|minute|hour|degree)"), r"\1 \2"),
    (re.compile(r"\bnevermind\b"), "never mind"),
    (re.compile(r"\bday ?light\b"), "daylight"),
    (re.compile(r"\bhome assistant\b"), "Home Assistant"),
    (re.compile(r"\btv\b"), "TV"),
    (re.compile(r"\btodays\b"), "today's"),
    (re.compile(r"(\d)kelvin\b"), r"\1 kelvin"),
    (re.compile(r"\b1 (second|minute|hour|degree)s\b"), r"1 \1"),
    (re.compile(r"\b(?!1\b)(\d+)( and a half)? (second|minute|hour|degree)s?( timer)"), r"\1\2 \3\4"),
    (re.compile(r" (please|thanks)$"), r", \1"),
    (
        re.compile(r"^(no|yes|yeah|okay|hello|hi|hey|sorry|thanks|happy birthday) (?!there\b|lights)(?=\w)"),
        r"\1, ",
    ),
)


def written_form(raw: str) -> str:
    """`raw` with its first letter in upper case, house spelling and a full stop or question mark."""
    text = " ".join(raw.split())
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    text = re.sub(r"\bi\b", "I", text)
    mark = "?" if text.split()[0].lower().rstrip(",") in _QUESTIONS else "."
    return text[0].upper() + text[1:] + mark


def is_natural(text: str) -> bool:
    """False for what templates allow and nobody says: doubled words, plural after one, leftovers, over-long."""
    words = text.lower().rstrip(".?").split()
    return (
        1 <= len(words) <= 14
        and not re.search(r"[{}<>\[\]()|;/_]", text)
        and not any(first == second for first, second in pairwise(words))
        and not re.search(
            r"\bthe the\b|\bmy my\b|the my|my the|\b(in|on|of) (to|off)\b|\bthe [A-Z]\w*'s\b", text
        )
        and not re.search(
            r"\b(is|are) (is|are)\b|\b(the|my) (all|my)\b|\bmy (first|second|third|top) floor", text
        )
        and not re.search(r"\ball (the |of the |of )?light\b|\bevery (\w+) (lights|fans)\b|floor floor", text)
        and not re.search(r"\b(in|on) (the )?(up|down)stairs\b|(up|down)stairs floor|\b1 (\w+)s\b", text)
        and not re.search(
            r"\bdegree\b|\b(0|1) degrees|\bis (the |my )?\w*(lights|windows|doors|blinds)\b", text
        )
        and not re.search(
            r"(second|minute|hour)\b(?! (timer|and))(?<!1 \b\w{6})", re.sub(r"\b1 \w+", "", text)
        )
    )
