"""Units, of which Home Assistant has about 180, are words; letters that are none stay letters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wyoming_lfm2.text.verbalizer import verbalize

HOME_ASSISTANT_UNITS = [
    line
    for line in Path(__file__).with_name("home_assistant_units.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
ARE_WORDS = {"bar", "var", "Beaufort"}
PROPER = {"Celsius", "Fahrenheit", "British", "A", "Beaufort"}


@pytest.mark.parametrize("unit", HOME_ASSISTANT_UNITS)
def test_every_unit_of_home_assistant_becomes_words(unit: str) -> None:
    gap = "" if unit in ("%", "°") else " "
    said = verbalize(f"The sensor is 5{gap}{unit}.")
    found = re.fullmatch(r"The sensor is five (.+)\.", said)
    assert found is not None, said
    words = found[1].split()
    assert found[1] != unit or unit in ARE_WORDS
    assert "or" not in words
    assert all(word in PROPER or re.fullmatch("[a-z]{2,}", word) for word in words)
    assert not set(words) & set(HOME_ASSISTANT_UNITS) - ARE_WORDS - PROPER


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1 kWh", "one kilowatt hour"),
        ("2 kWh", "two kilowatt hours"),
        ("0.5 MWh", "zero point five megawatt hours"),
        ("1 W/m²", "one watt per square meter"),
        ("500 W/m²", "five hundred watts per square meter"),
        ("1 ft³/min", "one cubic foot per minute"),
        ("4 ft³/min", "four cubic feet per minute"),
        ("3 m³/h", "three cubic meters per hour"),
        ("50 MB/s", "fifty megabytes per second"),
        ("16 GiB", "sixteen gibibytes"),
        ("120 mg/dL", "one hundred twenty milligrams per deciliter"),
        ("12 ug/m3", "twelve micrograms per cubic meter"),
        ("300 µS/cm", "three hundred microsiemens per centimeter"),
        ("5 BTU/(h⋅ft²)", "five British thermal units per hour per square foot"),
        ("18 kWh/100km", "eighteen kilowatt hours per one hundred kilometers"),
        ("6.5 L/100 km", "six point five liters per one hundred kilometers"),
        ("1 inHg, 2 inHg", "one inch of mercury, two inches of mercury"),
        ("3 CCF", "three hundred cubic feet"),
        ("1 gal and 2 gal", "one gallon and two gallons"),
        ("5 fl. oz. of milk", "five fluid ounces of milk"),
        ("It is 5 fl. oz.", "It is five fluid ounces."),
        ("5 kΩ", "five kilohms"),
        ("a 32-bit number, a 20-W lamp", "a thirty two bit number, a twenty watt lamp"),
        ("0.25 €/kWh", "twenty five cents per kilowatt hour"),
        ("30 ct/kWh, 5¢", "thirty cents per kilowatt hour, five cents"),
        ("$5/month, $2/m³", "five dollars per month, two dollars per cubic meter"),
        ("7 days/week", "seven days per week"),
    ],
)
def test_a_unit_is_built_from_its_parts_and_counted(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It is 5 A. It is high.", "It is five amperes. It is high."),
        ("2.1A", "two point one amperes"),
        ("3 d left, 2 w", "three days left, two weeks"),
        ("10 B free", "ten bytes free"),
        ("0.3 in of rain", "zero point three inches of rain"),
        ("3 ft 2 in", "three feet two inches"),
        ("5in", "five inches"),
        ("2700K and 3000 K", "two thousand seven hundred kelvin and three thousand kelvin"),
    ],
)
def test_letters_behind_a_number_are_units_where_a_unit_is_meant(written: str, said: str) -> None:
    assert verbalize(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("4 a day, 2 in 3", "four a day, two in three"),
        ("There are 3 in the kitchen.", "There are three in the kitchen."),
        ("4 in a row", "four in a row"),
        ("flat 5A, gate 12B", "flat five A, gate twelve B"),
        ("a 3d printer", "a three d printer"),
        ("the 1st and the 21st", "the first and the twenty first"),
        ("2 ac units", "two ac units"),
        ("iPhone 5 S", "iPhone five S"),
        ("4K TV, 8K video", "four K TV, eight K video"),
        ("10k steps, a 5k run", "ten k steps, a five k run"),
    ],
)
def test_letters_behind_a_number_are_no_units_otherwise(written: str, said: str) -> None:
    assert verbalize(written) == said
