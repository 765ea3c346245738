"""A minus is heard, and so is what is done with numbers; a pause and a range stay what they are."""

from __future__ import annotations

import pytest

from wyoming_lfm2.text.verbalizer import verbalize


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It is \N{EN DASH}5 °C.", "It is minus five degrees Celsius."),
        ("\N{EN DASH}5 °C", "minus five degrees Celsius"),
        ("\N{MINUS SIGN}5 °C", "minus five degrees Celsius"),
        ("(\N{EN DASH}5 °C)", "minus five degrees Celsius"),
        ("It is - 5 °C.", "It is minus five degrees Celsius."),
        ("It was \N{EN DASH} 5 degrees.", "It was minus five degrees."),
        ("\N{EN DASH}$5", "minus five dollars"),
        ("\N{MINUS SIGN}5.50 € and -0.50 €", "minus five euros and fifty cents and minus fifty cents"),
        ("-3,5 °C", "minus three point five degrees Celsius"),
    ],
)
def test_every_writing_of_a_minus_is_said(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("-5\N{EN DASH}3 °C", "minus five to three degrees Celsius"),
        ("-5-3 °C", "minus five to three degrees Celsius"),
        ("-10\N{EN DASH}-5 °C", "minus ten to minus five degrees Celsius"),
        ("from \N{EN DASH}5 \N{EN DASH} \N{EN DASH}3 °C", "from minus five to minus three degrees Celsius"),
        ("-5 °C \N{EN DASH} 3 °C", "minus five degrees Celsius to three degrees Celsius"),
        ("5 \N{EN DASH}10 °C", "five to ten degrees Celsius"),
        ("$5\N{EN DASH}$10", "five dollars to ten dollars"),
    ],
)
def test_both_ends_of_a_range_may_have_a_sign(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("7 - 5 = 2", "seven minus five equals two"),
        ("100-30=70", "one hundred minus thirty equals seventy"),
        ("15 \N{EN DASH} 3 is 12", "fifteen minus three is twelve"),
        ("5 \N{MINUS SIGN} 3", "five minus three"),
        ("-2 - 3 = -5", "minus two minus three equals minus five"),
        ("10 + 5 - 3 = 12", "ten plus five minus three equals twelve"),
        ("3 * 4 is 12.", "three times four is twelve."),
        ("2*3", "two times three"),
        ("3 \N{MULTIPLICATION SIGN} 4 = 12", "three times four equals twelve"),
        ("12 / 4 = 3.", "twelve divided by four equals three."),
        ("12 ÷ 4 = 3.", "twelve divided by four equals three."),
        ("5 km - 3 km = 2 km", "five kilometers minus three kilometers equals two kilometers"),
        ("x - 5 = 0", "x minus five equals zero"),
    ],
)
def test_a_calculation_is_said_with_its_operators(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Kitchen - 21 °C", "Kitchen, twenty one degrees Celsius"),
        ("Living room \N{EN DASH} 21 °C", "Living room, twenty one degrees Celsius"),
        ("It is on - 5 lamps.", "It is on, five lamps."),
        ("This is what it is - 5 lamps.", "This is what it is, five lamps."),
        ("Lamps 1-3 are on", "Lamps one to three are on"),
        ("10 - 15 minutes", "ten to fifteen minutes"),
        ("6/2=3 and 1/2 = 0.5", "six over two equals three and one half equals zero point five"),
    ],
)
def test_a_pause_a_range_and_a_fraction_are_no_calculation(written: str, said: str) -> None:
    assert verbalize(written) == said
