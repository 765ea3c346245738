"""Sentences of the corpus: filling templates, writing them as transcripts, saying them, keeping some back."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from nano.corpus.asking_topics import ASKING_TOPICS
from nano.corpus.commands import RULES, TOPICS
from nano.corpus.fillers import Fillers
from nano.corpus.split import split_of
from nano.corpus.spoken import number_in_words, spoken_form
from nano.corpus.template import Sampler, parse
from nano.corpus.writing import is_natural, written_form


def sampler(seed: int = 1, keep: float = 0.5) -> Sampler:
    rng = random.Random(seed)
    return Sampler(RULES, Fillers(rng), rng, keep)


def test_every_number_to_a_million_is_said_in_words() -> None:
    assert number_in_words(0) == "zero"
    assert number_in_words(16) == "sixteen"
    assert number_in_words(40) == "forty"
    assert number_in_words(99) == "ninety nine"
    assert number_in_words(105) == "one hundred five"
    assert number_in_words(2700) == "two thousand seven hundred"
    assert len({number_in_words(number) for number in range(10_000)}) == 10_000
    with pytest.raises(ValueError, match="no words"):
        number_in_words(1_000_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Set the lamp to 50%.", "Set the lamp to fifty percent."),
        ("It's 7:05 PM.", "It's seven oh five pee em."),
        ("At 10:00.", "At ten o'clock."),
        ("Wake me up at 6:30.", "Wake me up at six thirty."),
        ("Set it to 21.5 degrees.", "Set it to twenty one point five degrees."),
        ("Turn off the TV.", "Turn off the tee vee."),
        ("Turn on the light.", "Turn on the light."),
    ],
)
def test_digits_times_and_abbreviations_are_spoken_as_words(text: str, said: str) -> None:
    assert spoken_form(text) == said


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("turn on the light", "Turn on the light."),
        ("what's the weather like", "What's the weather like?"),
        ("set the blinds to 40 percent", "Set the blinds to 40%."),
        ("heat to 20 °", "Heat to 20 degrees."),
        ("start a 5-minute timer", "Start a 5 minute timer."),
        ("nevermind", "Never mind."),
        ("can I turn it off please", "Can I turn it off, please?"),
    ],
)
def test_a_transcript_has_a_capital_punctuation_and_digits(raw: str, text: str) -> None:
    assert written_form(raw) == text


def test_what_nobody_says_is_left_out() -> None:
    for text in (
        "Turn off the the light.",
        "Set a timer for 1 minutes.",
        "Turn on all light.",
        "Add {item}.",
    ):
        assert not is_natural(text), text
    assert not is_natural(" ".join(["word", "other"] * 8))
    assert is_natural("Turn off all the lights in the kitchen.")


def test_alternatives_and_options_and_orders_are_all_reached() -> None:
    fill = {"x": "1"}.__getitem__
    some = Sampler({"b": "(c|d)"}, fill, random.Random(1))
    assert {some.sample("a [<b>] {x:slot}") for _ in range(200)} == {"a 1", "a c 1", "a d 1"}
    assert {some.sample("(a;b;{x})") for _ in range(200)} == {
        "a b 1",
        "a 1 b",
        "b a 1",
        "b 1 a",
        "1 a b",
        "1 b a",
    }


def test_brackets_that_do_not_match_are_refused() -> None:
    for template in ("turn (on", "turn [on)", "turn on]"):
        with pytest.raises(ValueError, match="brackets"):
            parse(template)


def test_every_template_of_every_topic_can_be_filled() -> None:
    for keep in (0.0, 1.0):
        some = sampler(keep=keep)
        for topic, (share, templates) in TOPICS.items():
            # What a home says is not said to it, and the other manners of asking are sampled by themselves.
            assert share > 0 or topic == "response" or topic in ASKING_TOPICS
            for template in templates:
                sentence = some.sample(template)
                assert sentence and not set(sentence) & set("()[]{}<>|;"), (topic, template, sentence)


def test_the_same_seed_gives_the_same_sentences() -> None:
    template = "set a timer for <duration>"
    first, second, other = (
        [some.sample(template) for _ in range(50)] for some in (sampler(1), sampler(1), sampler(2))
    )
    assert first == second != other


def test_every_percentage_is_drawn() -> None:
    fill = Fillers(random.Random(1))
    seen = Counter(fill("percent") for _ in range(5000))
    assert set(seen) == {f"{number}%" for number in range(101)}


def test_a_sentence_stays_in_its_split_however_it_is_written() -> None:
    sentences = [f"Turn on light {number} in the hall." for number in range(5000)]
    assert [split_of(text) for text in sentences] == [split_of(text.upper()) for text in sentences]
    assert [split_of(text) for text in sentences] == [split_of(text.rstrip(".")) for text in sentences]
    shares = Counter(split_of(text) for text in sentences)
    assert 60 < shares["test"] < 140 and 25 < shares["dev"] < 80
