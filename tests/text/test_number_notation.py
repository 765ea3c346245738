"""Numbers are understood in the ways in which they are written."""

from __future__ import annotations

import pytest

from wyoming_lfm2.text.verbalizer import verbalize


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Only .25 mm of rain.", "Only zero point two five millimeters of rain."),
        ("The value is .5.", "The value is zero point five."),
        ("$.50", "fifty cents"),
        ("3,5 kWh, 12,5 %", "three point five kilowatt hours, twelve point five percent"),
        ("0,500 kg", "zero point five zero zero kilograms"),
        ("2,5-3,5 °C", "two point five to three point five degrees Celsius"),
        ("5,99 € or €5,99", "five euros and ninety nine cents or five euros and ninety nine cents"),
        ("10 000 € or €10 000", "ten thousand euros or ten thousand euros"),
        ("12 500 kWh", "twelve thousand five hundred kilowatt hours"),
        ("1 000 000 and 100 000", "one million and one hundred thousand"),
        ("1 234,56 €", "one thousand two hundred thirty four euros and fifty six cents"),
        ("1.234,56 €", "one thousand two hundred thirty four euros and fifty six cents"),
        ("CO₂, O₃ and H₂O", "CO two, O three and H two O"),
    ],
)
def test_a_number_is_read_whole(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("PM2.5 is high.", "PM two point five is high."),
        ("PM1, PM10 and CO2", "PM one, PM ten and CO two"),
        ("3.5k and 1.5M views", "three point five thousand and one point five million views"),
        ("2bn, 0.3f", "two billion, zero point three f"),
        (
            "US$5, A$5, CA$5.50",
            "five US dollars, five Australian dollars, five Canadian dollars and fifty cents",
        ),
    ],
)
def test_a_number_with_letters_at_it_is_read_whole(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1, 2, 3", "one, two, three"),
        ("1,2,3 kg", "one,two,three kilograms"),
        ("rooms 1,2 in the house", "rooms one,two in the house"),
        ("3,500 kWh", "three thousand five hundred kilowatt hours"),
        ("Phase 1 230 V", "Phase one two hundred thirty volts"),
        ("lamp 2 100 %", "lamp two one hundred percent"),
        ("0800 123 456", "zero eight zero zero, one two three, four five six"),
        ("+1 800 555 1234", "plus one, eight zero zero, five five five, one two three four"),
        ("Wait.. .. 5", "Wait, five"),
    ],
)
def test_lists_and_telephone_numbers_stay_apart(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Call 911.", "Call nine one one."),
        ("Call 999 or 112 now", "Call nine nine nine or one one two now"),
        ("Dialing 5551234567", "Dialing five five five one two three four five six seven"),
        ("Call 100 people.", "Call one hundred people."),
        ("Call 555 123 4567", "Call five five five, one two three, four five six seven"),
    ],
)
def test_what_is_dialled_is_read_digit_by_digit(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("128/255", "one hundred twenty eight out of two hundred fifty five"),
        ("120/80 mmHg", "one hundred twenty over eighty millimeters of mercury"),
        ("5/10 GB used", "five out of ten gigabytes used"),
        ("1/2 km and 1 1/2 gal", "one half kilometer and one and one half gallons"),
        ("20°C / 68°F", "twenty degrees Celsius, sixty eight degrees Fahrenheit"),
        ("-12/-5 °C", "minus twelve, minus five degrees Celsius"),
        ("50/60/70", "fifty, sixty, seventy"),
        ("097/07", "zero nine seven, zero seven"),
    ],
)
def test_a_stroke_between_numbers_is_not_or(written: str, said: str) -> None:
    assert verbalize(written) == said
