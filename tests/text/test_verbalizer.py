"""What is written becomes what is said (users' row 26)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wyoming_lfm2.text.markup import TagStripper
from wyoming_lfm2.text.verbalizer import verbalize

SAID = {
    "numbers": [
        (
            "There are 1,234,567 of them.",
            "There are one million two hundred thirty four thousand five hundred sixty seven of them.",
        ),
        ("It is -5 outside.", "It is minus five outside."),
        ("3.14", "three point one four"),
        ("agent 007", "agent zero zero seven"),
        ("the 21st and the 2nd", "the twenty first and the second"),
        ("call 555-1234", "call five five five, one two three four"),
        ("A4 and H2O", "A four and H two O"),
        ("10, 20 and 30", "ten, twenty and thirty"),
        ("version v1.2.3", "version one dot two dot three"),
        ("item #5", "item number five"),
        ("1/2 cup and 1 3/4 cups", "one half cup and one and three quarters cups"),
        ("2½ hours", "two and a half hours"),
        (
            "12345678901234567",
            "one two three four five six seven eight nine zero one two three four five six seven",
        ),
    ],
    "units": [
        ("21.5 °C", "twenty one point five degrees Celsius"),
        ("70°F", "seventy degrees Fahrenheit"),
        ("-1 °C", "minus one degree Celsius"),
        ("21 °Celsius", "twenty one degrees Celsius"),
        ("45 % humidity, 1013 hPa", "forty five percent humidity, one thousand thirteen hectopascals"),
        ("10\N{EN DASH}15 km/h", "ten to fifteen kilometers per hour"),
        ("1 min 30 s", "one minute thirty seconds"),
        ("2.4 kWh at 200W", "two point four kilowatt hours at two hundred watts"),
        ("12 µg/m³", "twelve micrograms per cubic meter"),
    ],
    "money": [
        ("$5.99", "five dollars and ninety nine cents"),
        ("-$5", "minus five dollars"),
        ("20 € or £1", "twenty euros or one pound"),
        ("$3.5 million", "three point five million dollars"),
    ],
    "dates and times": [
        ("at 7:05", "at seven oh five"),
        ("at 7:00", "at seven o'clock"),
        ("at 7:30 p.m. today", "at seven thirty PM today"),
        ("It's 5 p.m.", "It's five PM."),
        ("10:00-11:30", "ten o'clock to eleven thirty"),
        ("08:30:15", "eight thirty and fifteen seconds"),
        ("on 2026-11-22", "on November twenty second, twenty twenty six"),
        ("2026-11-22T20:17:00+01:00", "November twenty second, twenty twenty six twenty seventeen"),
        ("on 3/4/2026", "on March fourth, twenty twenty six"),
        ("on Nov. 22 and 5 May 1999", "on November twenty second and fifth of May, nineteen ninety nine"),
        ("in the 1990s, in 2005", "in the nineteen nineties, in two thousand five"),
        ("Mon., Sept. 3", "Monday, September third"),
    ],
    "markup": [
        ("**Warning.** The *oven* is `on`!", "Warning. The oven is on!"),
        ("# Title", "Title"),
        ("1. Milk", "one, Milk"),
        ("- [x] milk", "milk"),
        ("see [the docs](https://a.io/b)", "see the docs"),
        ("see https://www.example.org/a?b=c.", "see example dot org."),
        ("mail me@example.org", "mail me at example dot org"),
        ("<b>bold</b><br>new", "bold, new"),
        ("| a | b |", "a, b"),
        ("light.kitchen_lamp", "light.kitchen lamp"),
        ("2 * 3 = 6", "two times three equals six"),
        ("Done! 👍🏽", "Done!"),
        ("👍🏽", "thumbs up"),
    ],
    "words": [
        ("Dr. Smith vs. Mr. T", "Doctor Smith versus Mister T"),
        ("fruit, e.g. apples, etc.", "fruit, for example apples, et cetera."),
        ("salt & pepper and/or chili", "salt and pepper and or chili"),
        ("AT&amp;T", "AT and T"),
        ("wait... what", "wait, what"),
        ("yes — no (maybe)", "yes, no, maybe"),
        ("don\N{RIGHT SINGLE QUOTATION MARK}t “quote” me!!!", "don't quote me!"),
        ("Wi-Fi is on -- really", "Wi-Fi is on, really"),
    ],
}


@pytest.mark.parametrize(
    ("written", "said"),
    [pytest.param(*pair, id=f"{kind}: {pair[0]}") for kind, pairs in SAID.items() for pair in pairs],
)
def test_what_is_written_is_said_as_a_person_would(written: str, said: str) -> None:
    assert verbalize(written) == said


def test_a_british_voice_reads_the_day_first() -> None:
    assert verbalize("on 3/4/2026", "en-GB") == "on April third, twenty twenty six"
    assert verbalize("on 3/4/2026", "en-US") == "on March fourth, twenty twenty six"


def test_of_another_language_only_the_markup_is_taken_away() -> None:
    assert verbalize("**気温**は21.5°Cです。", "ja") == "気温は21.5°Cです。"
    assert verbalize("Es sind *21,5* Grad.", "de") == "Es sind 21,5 Grad."


@pytest.mark.parametrize(
    "text", ["", " ", "...", "***", "---", "\u200b\ufeff", "()[]{}", "```\n```", "<br/>", "\ud800"]
)
def test_what_cannot_be_said_is_nothing(text: str) -> None:
    assert verbalize(text) == ""


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)
WRITTEN = st.lists(
    st.sampled_from(
        [
            "1",
            "23",
            ".",
            ",",
            "-",
            "/",
            ":",
            "°",
            "C",
            "%",
            "$",
            "€",
            " ",
            "am",
            "p.m.",
            "May",
            "2026",
            "*",
            "_",
            "`",
            "#",
            "[",
            "](",
            ")",
            "<",
            ">",
            "&",
            "half",
            "½",
            "km/h",
            "st",
            "@",
            "x",
            "\n",
            "- ",
            "|",
            "+",
            "é",
            "日本",
            "😀",
            "e.g.",
            "\N{EN DASH}",
            "\N{MINUS SIGN}",
            "=",
            "is",
            "A",
            "in",
            "h",
            "m",
            "'",
            "₂",
            "timer",
            ".com",
        ]
    ),
    max_size=14,
).map("".join)


@given(st.one_of(ANYTHING, WRITTEN), st.sampled_from(["en", "en-GB", "de", "ja", ""]))
@settings(max_examples=400, deadline=None)
def test_no_text_at_all_makes_trouble_and_nothing_unsayable_is_left(text: str, language: str) -> None:
    said = verbalize(text, language)
    assert said == said.strip()
    assert not set(said) & set("*`#|<>[]{}\n\t_")
    if language.startswith("en"):
        assert not any(sign.isascii() and sign.isdigit() for sign in said)


@given(
    st.lists(st.sampled_from(["light", "on", "the", "7", "21.5 °C", "7:05", "$3"]), min_size=1, max_size=12),
    WRITTEN,
)
@settings(max_examples=200, deadline=None)
def test_a_text_with_words_is_never_silent(words: list[str], noise: str) -> None:
    text = f"hello {' '.join(words)}"
    said = verbalize(text)
    assert said.startswith("hello ")
    assert len(said.split()) > len(words)
    if not set(noise) & set("<>[]()"):
        assert verbalize(f"{text} {noise}")


def test_tags_may_be_cut_anywhere() -> None:
    text = '<speak>Hello <break time="1s"/>you, 1 < 2</speak>'
    whole = TagStripper()
    by_letters = TagStripper()
    assert whole.strip(text) == "".join(map(by_letters.strip, text))
