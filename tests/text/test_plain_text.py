"""What a model writes becomes plain text, the same however it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wyoming_lfm2.text.plain_text import PlainTextStream
from wyoming_lfm2.text.verbalizer import verbalize


def plain(*fragments: str) -> str:
    answer = PlainTextStream()
    return "".join([*(answer.feed(fragment) for fragment in fragments), answer.finish()])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("The light is on.", "The light is on."),
        ("**Sure!** It is *on*, `really`, __yes__.", "Sure! It is on, really, yes."),
        ("## Steps\n1. Boil water.\n2. Add tea.\n", "Steps, 1, Boil water. 2, Add tea."),
        ("Try:\n- red\n- green\n- blue", "Try: red, green, blue"),
        ("```python\nprint(1)\n```\nThat is all.", "print(1), That is all."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b, 1, 2"),
        ("> A quote.\n\n---\n\nThe end.", "A quote. The end."),
        ("[Here](https://x.org/y) and <b>there</b> &amp; everywhere.", "Here and there & everywhere."),
        ("Good night 😴🌙!", "Good night!"),
        ("Well (😀) done.", "Well done."),
        ("It is 21 °C or 70 °F, 5 % more, at 7:05 p.m.", "It is 21 °C or 70 °F, 5 % more, at 7:05 p.m."),
        ("It's -3, that is 2*3 - 9.", "It's -3, that is 2\N{MULTIPLICATION SIGN}3 - 9."),
        ("An unfinished **answer that stops", "An unfinished answer that stops"),
        ("snake_case stays, #1 too.", "snake_case stays, #1 too."),
        (
            "こんにちは。**今日**はいい天気です。😀そうですね。",
            "こんにちは。今日はいい天気です。そうですね。",
        ),
        ("a\x00b\u202e c", "a b c"),
        ("🎉", "party popper"),
        ("😀 **Yes.**", "Yes."),
        ("***\n---", ""),
        ("", ""),
    ],
)
def test_decoration_goes_and_words_stay(written: str, expected: str) -> None:
    assert plain(written) == expected
    assert plain(*written) == expected


@given(st.text(alphabet="ab1. ,*_`#>-\n|[]()!?😀°C", max_size=80), st.integers(1, 7))
@settings(deadline=None)
def test_any_text_is_the_same_however_it_is_cut(text: str, size: int) -> None:
    assert plain(*(text[at : at + size] for at in range(0, len(text), size))) == plain(text)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_becomes_one_printable_line_without_stars(text: str) -> None:
    result = plain(text)
    assert result.isprintable()
    assert not set(result) & set("*`\n")
    assert result == result.strip()


def test_a_sentence_is_given_when_the_next_one_begins() -> None:
    answer = PlainTextStream()
    given = [answer.feed(fragment) for fragment in ("It is ", "**on**", ". ", "Sleep", " well")]
    assert given == ["", "", "", "It is on.", ""]
    assert answer.finish() == " Sleep well"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("**It** is -5.5 °C at 7:05.", "It is minus five point five degrees Celsius at seven oh five."),
        ("- 3 kg\n- 2*3 m", "three kilograms, two times three meters"),
        ("See https://x.org/y!", "See x dot org!"),
    ],
)
def test_numbers_and_links_are_left_to_whoever_speaks(written: str, spoken: str) -> None:
    """The clean-up does no part of that work, and spoils none of it."""
    assert verbalize(plain(written)) == spoken
