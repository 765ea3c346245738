from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wyoming_lfm2.text.sentence_splitter import LONGEST, SentenceSplitter, cut_to_length


def cut(*pieces: str) -> list[str]:
    splitter = SentenceSplitter()
    sentences = [sentence for piece in pieces for sentence in splitter.add_text(piece)]
    return [*sentences, *splitter.finish_text()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One thing. Another one! And now?", ["One thing.", "Another one!", "And now?"]),
        ("It is 21.5 °C. Nice.", ["It is 21.5 ℃.", "Nice."]),
        ("Ask Dr. Smith. Please.", ["Ask Dr. Smith.", "Please."]),
        ("Fruit, e.g. Apples. Good.", ["Fruit, e.g. Apples.", "Good."]),
        ("You need:\n- milk\n- eggs\n", ["You need:", "- milk", "- eggs"]),
        ("Steps:\n1. Open it\n2. Close it", ["Steps:", "1. Open it", "2. Close it"]),
        ("# Weather\nIt is warm.", ["# Weather", "It is warm."]),
        ("A line\nthat goes on.", ["A line\nthat goes on."]),
        ("**Careful.** **It** is hot.", ["Careful.", "It is hot."]),
        ("It is 7:05 PM. The alarm is set.", ["It is 7:05 PM.", "The alarm is set."]),
        ("At 6 AM.\nSleep well.", ["At 6 AM.", "Sleep well."]),
        ("**At 6AM.** **Sleep** well.", ["At 6AM.", "Sleep well."]),
        ("It is 7 PM. in Rome, 8 P.M. EST", ["It is 7 PM. in Rome, 8 P.M. EST"]),
        ("It turns at 80 RPM. Good.", ["It turns at 80 RPM. Good."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_text_is_cut_where_a_sentence_ends(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences
    assert cut(*text) == sentences


def test_a_text_without_an_end_is_cut_at_a_clause_or_between_words() -> None:
    for text in ("word " * 500, "some words, " * 200, "x" * 5000):
        sentences = cut(text)
        assert max(map(len, sentences)) <= LONGEST
        assert "".join("".join(sentences).split()) == "".join(text.split())
        assert sum(len(sentence) > LONGEST // 2 for sentence in sentences) >= len(sentences) - 1


def test_a_sentence_is_there_as_soon_as_the_next_one_begins() -> None:
    splitter = SentenceSplitter()
    assert list(splitter.add_text("The first one is complete. T")) == ["The first one is complete."]
    assert list(SentenceSplitter().add_text("It is 7 PM. T")) == ["It is 7 PM."]


def test_an_empty_line_ends_a_sentence_at_once() -> None:
    for text in ("Lights on", "At 7 PM."):
        for pieces in ([f"{text}\n\n"], [text, "\n", "\n"]):
            splitter = SentenceSplitter()
            assert [sentence for piece in pieces for sentence in splitter.add_text(piece)] == [text]


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("I'll check.", True),
        ("Closed the front door. ", True),
        ('He said "yes!" ', True),
        ("(Really?)", True),
        ("**Done.**", True),
        ("Done! \N{THUMBS UP SIGN}", True),
        ("It is 21.", False),  # and a half?
        ("It is 21. ", True),
        ("It is 21 °C.", True),
        ("No.", False),  # 10?
        ("No.\n", True),
        ("Ask Dr. ", False),
        ("Fruit, e.g. ", False),
        ("Steps:\n1. ", False),
        ("The light is", False),
        ("The light. It is", False),
        ("The light, e.g., ", False),
        ("", False),
        ("\n", False),
    ],
)
def test_a_whole_sentence_is_known_by_its_end(text: str, ended: bool) -> None:
    splitter = SentenceSplitter()
    before = list(splitter.add_text(text))
    assert splitter.ended is ended
    if ended:
        assert before == []
        assert len(list(splitter.finish_text())) == 1
        assert not splitter.ended


def test_text_may_go_on_after_an_end() -> None:
    text = ["I'll check.\n", "# Weather\nIt is warm.", " **Very** warm.\n", "- inside\n- outside"]
    splitter = SentenceSplitter()
    sentences = [
        sentence for piece in text for sentence in (*splitter.add_text(piece), *splitter.finish_text())
    ]
    plain = [sentence.strip("- ") for sentence in sentences]
    assert plain == [
        "I'll check.",
        "# Weather",
        "It is warm.",
        "Very warm.",
        "inside",
        "outside",
    ]


def test_no_number_is_cut_at_its_comma() -> None:
    pieces = list(cut_to_length("1,234,567 " * 100))
    assert max(map(len, pieces)) <= LONGEST
    assert {word for piece in pieces for word in piece.split()} == {"1,234,567"}
    assert set(cut("1,234,567 " * 100)[0].split()) == {"1,234,567"}


def test_pieces_of_a_long_sentence_are_about_as_long_as_each_other() -> None:
    assert [len(piece) for piece in cut_to_length("four, " * 51)] == [149, 155]


@given(st.text(st.sampled_from("ab. A!?\n-*#1,°CF)"), max_size=200), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_however_the_text_is_cut(text: str, size: int) -> None:
    pieces = [text[begin : begin + size] for begin in range(0, len(text), size)]
    for sentences in (cut(text), cut(*pieces)):
        assert all(sentence.strip() for sentence in sentences)
        kept = [sign for sign in "".join(sentences) if sign in "abA1"]
        assert kept == [sign for sign in text if sign in "abA1"]


@given(
    st.lists(
        st.sampled_from(["A", "P", "M", ".", " ", "\n", "*", "T", "t", "7", "PM.", "AM. "]), max_size=20
    ),
    st.integers(1, 5),
)
@settings(max_examples=300, deadline=None)
def test_the_end_of_a_time_is_the_same_however_the_text_is_cut(signs: list[str], size: int) -> None:
    text = "".join(signs)
    assert cut(*(text[begin : begin + size] for begin in range(0, len(text), size))) == cut(text)
