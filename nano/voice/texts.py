"""The ways in which one sentence may be written for the model that is to say it."""

from __future__ import annotations

import random
import re

from nano.corpus.spoken import spoken_form
from wyoming_lfm2.gguf.pronunciations import Pronunciations

_COMPOUND = re.compile(
    r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety) "
    r"(one|two|three|four|five|six|seven|eight|nine|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b"
)
_HALF_DAY = re.compile(r"\b([AP])M\b")

_LETTERS, _MANGLED = 0.04, 0.06
"""Shares of words whose sounds are kept from the model, which then has their letters, and of those that are written
as no word is: so it has to know sounds without the word."""
_UNKNOWN = Pronunciations({})


def said_as(text: str) -> str:
    """`text` with its numbers in words, as the product hands it to the model: "It's seven twenty PM."."""
    return spoken_form(text, letters=False)


def some_writing(text: str, rng: random.Random) -> str:
    """`text` in one of its writings: nearly always as the product has it, now and then as a person might."""
    out = text if rng.random() < 0.05 else said_as(text)
    if rng.random() < 0.1:
        out = _COMPOUND.sub(r"\1-\2", out)
    if rng.random() < 0.1:
        out = _HALF_DAY.sub(r"\1 M", out)
    if rng.random() < 0.3:
        out = out[0].upper() + out[1:]
    if rng.random() < 0.15:
        out = out.rstrip(".")
    return out


def some_parts(text: str, pronunciations: Pronunciations, rng: random.Random) -> list[tuple[str, str]]:
    """`text` and its sounds, part by part; some words have their letters only, others are mangled."""
    parts = []
    for part, sounds in pronunciations.parts(text):
        drawn = rng.random()
        if drawn < _LETTERS:
            parts += _UNKNOWN.parts(part)
        elif drawn < _LETTERS + _MANGLED:
            parts.append(("".join(rng.sample(part, len(part))), sounds))
        else:
            parts.append((part, sounds))
    return parts
