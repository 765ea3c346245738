"""What nano is trained to read is what the product gives it to read."""

from __future__ import annotations

import random

import pytest

from nano.corpus.sentences import sample_sentences
from nano.corpus.spoken import spoken_form as said_by_synthesisers
from nano.voice.texts import said_as, some_parts, some_writing
from wyoming_lfm2.gguf.pronunciations import Pronunciations, joined
from wyoming_lfm2.text.verbalizer import verbalize


@pytest.mark.parametrize("topic", ["response", "answer", "reply", "timer"])
def test_numbers_and_times_are_spelled_as_the_product_spells_them(topic: str) -> None:
    texts = list(sample_sentences(400, 5, topic))
    same = [verbalize(text) == said_as(text) for text in texts]
    assert sum(same) >= 0.99 * len(same), [t for t, s in zip(texts, same, strict=True) if not s]


def test_abbreviations_stay_as_written_for_the_model_and_become_sounds_for_synthesisers() -> None:
    assert said_as("At 7:05 PM.") == "At seven oh five PM."
    assert said_by_synthesisers("At 7:05 PM.") == "At seven oh five pee em."


def test_most_writings_are_the_product_s_own_and_all_say_the_same_words() -> None:
    rng = random.Random(1)
    text = "It's 7:22 PM."
    writings = [some_writing(text, rng) for _ in range(500)]
    assert writings.count(said_as(text)) > 200
    words = {w.lower().rstrip(".").replace("-", " ").replace("p m", "pm") for w in writings}
    assert words == {"it's seven twenty two pm", "it's 7:22 pm"}


def test_most_words_are_told_with_their_sounds_some_with_letters_and_some_only_by_sounds() -> None:
    known = Pronunciations({"light": "L~T"})
    told = [joined(some_parts("light.", known, random.Random(seed))) for seed in range(1000)]
    assert 850 < told.count(known.told("light.")) < 950
    assert 20 < told.count("light. /LIGHT") < 70
    others = {some for some in told if some not in {"light. L~T", "light. /LIGHT"}}
    assert others
    assert all(some.endswith(" L~T") and sorted(some[:-4]) == sorted("light.") for some in others)
