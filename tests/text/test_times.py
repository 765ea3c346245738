"""Dates, times and durations in the ways in which they are written shortly."""

from __future__ import annotations

import pytest

from wyoming_lfm2.text.verbalizer import verbalize


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Timer for 1h 30m.", "Timer for one hour thirty minutes."),
        ("Set for 2h15m30s.", "Set for two hours fifteen minutes thirty seconds."),
        ("1d 4h left", "one day four hours left"),
        ("5 m 10 s", "five minutes ten seconds"),
        ("Your timer for 5m is done.", "Your timer for five minutes is done."),
        ("5m left, a 10-m timer", "five minutes left, a ten minute timer"),
        ("Timer 5:00 left", "Timer five minutes left"),
        ("1:30 remaining", "one minute thirty seconds remaining"),
        ("90:00 remaining", "ninety minutes remaining"),
        ("Timer set for 1:30:01", "Timer set for one hour thirty minutes one second"),
        ("00:05:00", "five minutes"),
    ],
)
def test_a_duration_is_said_with_its_units(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a 5m cable, 30 m 5 people", "a five meters cable, thirty meters five people"),
        ("Turn left in 5m.", "Turn left in five meters."),
        ("Your timer ends at 5:00.", "Your timer ends at five o'clock."),
        ("It is 7:05 and your timer is done.", "It is seven oh five and your timer is done."),
        ("It's 00:05:00", "It's zero oh five"),
        ("2026-11-22 00:05:00", "November twenty second, twenty twenty six zero oh five"),
        ("2026-11-22T00:05:00Z", "November twenty second, twenty twenty six zero oh five"),
        ("8-10 pm", "eight to ten PM"),
        ("9am-5pm", "nine AM to five PM"),
    ],
)
def test_a_length_and_a_time_of_day_are_no_duration(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Playing 80s Hits.", "Playing eighties Hits."),
        ("90s music, the '60s", "nineties music, the sixties"),
        ("He is in his 30s, it is in the low 70s", "He is in his thirties, it is in the low seventies"),
        ("the 30s timer, 60s Delay, 90s", "the thirty seconds timer, sixty seconds Delay, ninety seconds"),
        ("in 1999 he was born", "in nineteen ninety nine he was born"),
        ("from 1990 to 1999", "from nineteen ninety to nineteen ninety nine"),
        (
            "of 1500 people, by 1500 W",
            "of one thousand five hundred people, by one thousand five hundred watts",
        ),
        ("from 1500 to 1800 watts", "from one thousand five hundred to one thousand eight hundred watts"),
    ],
)
def test_years_and_decades_are_not_counted(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("12/25/24", "December twenty fifth, twenty twenty four"),
        ("2024/12/25", "December twenty fifth, twenty twenty four"),
        ("5/1/99", "May first, nineteen ninety nine"),
        ("25/12/24", "December twenty fifth, twenty twenty four"),
    ],
)
def test_a_date_may_have_strokes_and_a_short_year(written: str, said: str) -> None:
    assert verbalize(written) == said


def test_a_british_voice_reads_the_day_of_a_short_date_first() -> None:
    assert verbalize("5/1/24", "en-GB") == "January fifth, twenty twenty four"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It is 7:05 PM. The alarm is set.", "It is seven oh five PM. The alarm is set."),
        ("It is 7 PM. The alarm is set.", "It is seven PM. The alarm is set."),
        ("Until 7 p.m. The alarm is set.", "Until seven PM. The alarm is set."),
        ("Today is Sat. Tomorrow is Sun.", "Today is Saturday. Tomorrow is Sunday."),
        ("It is due in Dec. Then we go.", "It is due in December. Then we go."),
        ("On 5 Jan. It rains, etc. It stops.", "On fifth of January. It rains, et cetera. It stops."),
        ("at 7 p.m. today", "at seven PM today"),
        ("7 p.m. EST", "seven PM EST"),
        ("Wed. Jan. 3", "Wednesday January third"),
        ("e.g. Apples", "for example Apples"),
        ("I see the Sun. It is bright.", "I see the Sun. It is bright."),
    ],
)
def test_the_dot_of_an_abbreviation_is_kept_where_a_sentence_ends(written: str, said: str) -> None:
    assert verbalize(written) == said
