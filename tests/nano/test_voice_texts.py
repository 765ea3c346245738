"""What nano is trained to read is what the product gives it to read."""

from __future__ import annotations

import random

import pytest

from nano.corpus.sentences import sample_sentences
from nano.corpus.spoken import spoken_form as said_by_synthesisers
from nano.voice.texts import said_as, some_writing
from wyoming_lfm2.speaking.spoken_form import spoken_form


@pytest.mark.parametrize("topic", ["response", "answer", "reply", "timer"])
def test_numbers_and_times_are_spelled_as_the_product_spells_them(topic: str) -> None:
    texts = list(sample_sentences(400, 5, topic))
    same = [spoken_form(text) == said_as(text) for text in texts]
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
