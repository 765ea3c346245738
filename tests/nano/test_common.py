"""Sentences in common words that no home is asked for."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from nano.corpus.common import lines, lists, sentences_in

KNOWN = frozenset(
    ["the", "device", "is", "already", "configured", "do", "you", "want", "to", "set", "up", "new"]
)
TEXTS = {
    "config": {
        "abort": {
            "already": "The device is already configured.",
            "other": "The gizmo is already configured.",
        },
        "step": {
            "user": {"description": "Do you want to set up {name}? Do you want to set up the new device?"}
        },
    },
    "short": "Set up.",
    "shouted": "The device IS already configured.",
    "repeated": "The device is already configured.",
}


def test_whole_english_sentences_of_known_words_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "light" / "translations"
    folder.mkdir(parents=True)
    (folder / "en.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    (folder / "de.json").write_text(json.dumps({"a": "Do you want to set up it."}), encoding="utf-8")
    assert sentences_in(tmp_path, KNOWN) == [
        "The device is already configured.",
        "Do you want to set up the new device?",
    ]


def test_lists_have_each_word_as_often_as_the_others() -> None:
    words = [f"{a}{b}" for a in "abcdef" for b in "ghijkl"]
    said = Counter(
        word
        for text in lists(words, 400, random.Random(1))
        for word in text.rstrip(".").replace(",", "").split()
    )
    assert said.keys() == set(words)
    assert max(said.values()) - min(said.values()) <= 1


def test_lines_are_for_training_each_once_and_said_as_written() -> None:
    found = lines([f"The device is {word}." for word in KNOWN], sorted(KNOWN), 30, seed=1)
    assert len({line["text"] for line in found}) == len(found) > 15
    assert all(line["spoken"] == line["text"] and line["split"] == "train" for line in found)
    assert any(line["text"].startswith("The device is") for line in found)
