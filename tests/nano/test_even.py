"""Sentences are chosen so that rare words come about as often as common ones."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from nano.speech.even import evenly, words_of

COMMON = [{"text": f"Turn on lamp {n}.", "spoken": f"Turn on lamp {n}."} for n in range(200)]
RARE = [{"text": f"Call {name}.", "spoken": f"Call {name}."} for name in ("Alice", "Bob", "Carol", "Dave")]


def said(lists: float) -> Counter[str]:
    lines = evenly([*COMMON, *RARE], 60, random.Random(1), lists)
    return Counter(word for line in lines for word in words_of(line["spoken"]))


def test_rare_words_are_chosen_more_often_than_their_share() -> None:
    by_chance = 60 * len(RARE) / (len(COMMON) + len(RARE))
    seen = said(lists=0)
    assert sum(seen[name] for name in ("Alice", "Bob", "Carol", "Dave")) > 3 * by_chance


def test_lists_hold_only_words_that_are_said_as_they_are_written() -> None:
    lines = [{"text": "At 7 PM.", "spoken": "At seven pee em."}, *RARE]
    for line in evenly(lines, 40, random.Random(1), lists=1.0):
        assert line["text"] == line["spoken"]
        assert "PM" not in line["text"] and "pee" not in line["text"]


def test_the_same_seed_chooses_the_same() -> None:
    assert evenly(COMMON, 30, random.Random(3)) == evenly(COMMON, 30, random.Random(3))


def test_without_sentences_it_says_so() -> None:
    with pytest.raises(ValueError, match="no sentences"):
        evenly([], 3, random.Random(1))
