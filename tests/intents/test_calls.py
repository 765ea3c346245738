"""Reading back what a model wrote, whatever it wrote."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_lfm2.intents.calls import Call, CallCertainty, CallError, read_call
from wyoming_lfm2.intents.definitions import INTENTS, Need
from wyoming_lfm2.intents.grammar import home_grammar, quoted
from wyoming_lfm2.intents.tools import tool_list

START, END = "<|tool_call_start|>", "<|tool_call_end|>"


def read(call: str, said: str = "") -> Call:
    return read_call(f"{START}{call}{END}{said}")


def test_a_call_has_an_intent_its_slots_and_what_is_said_of_it() -> None:
    call = read('[HassTurnOn(name="kitchen light", domain="light")]', " Turned on the kitchen light.")
    assert (call.kind.name, dict(call.slots)) == ("HassTurnOn", {"name": "kitchen light", "domain": "light"})
    assert call.said == "Turned on the kitchen light."
    assert str(call) == 'HassTurnOn(name="kitchen light", domain="light")'
    assert dict(read("[HassNevermind()]").slots) == {}


@pytest.mark.parametrize(
    ("slots", "value"),
    [
        ("HassLightSet(area='x', brightness=50)".replace("'", '"'), {"area": "x", "brightness": 50}),
        ('HassLightSet(brightness=0, name="a")', {"brightness": 0, "name": "a"}),
        ("HassClimateSetTemperature(temperature=20.5)", {"temperature": 20.5}),
        ("HassClimateSetTemperature(temperature=-3)", {"temperature": -3}),
        ('HassTurnOn(name=" kitchen light", area=" den")', {"name": "kitchen light", "area": "den"}),
        ('HassSetVolumeRelative(volume_step="up")', {"volume_step": "up"}),
        ("HassSetVolumeRelative(volume_step=-10)", {"volume_step": -10}),
        (r'HassShoppingListAddItem(item="a \"good\" wine \\ beer")', {"item": 'a "good" wine \\ beer'}),
        ('HassShoppingListAddItem(item="卵, と (牛乳)]")', {"item": "卵, と (牛乳)]"}),
    ],
)
def test_values_are_what_was_written(slots: str, value: dict[str, object]) -> None:
    found = dict(read(f"[{slots}]").slots)
    assert found == value
    assert [type(one) for one in found.values()] == [type(one) for one in value.values()]


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ("", "no call"),
        ("HassTurnOn()", "no call"),
        ('[HassTurnOn(name="a")', "no call"),
        ("[HassSelfDestruct()]", "no intent HassSelfDestruct"),
        ('[HassTurnOn(name="a"), HassTurnOff(name="b")]', "no comma"),
        ("[HassTurnOn()]", "lacks name or"),
        ('[HassSetPosition(name="a")]', "lacks position"),
        ('[HassTurnOn(name="a", name="b")]', "twice"),
        ('[HassTurnOn(entity_id="light.a")]', "no slot entity_id"),
        ('[HassTurnOn(name="a" area="b")]', "no comma"),
        ('[HassTurnOn(name="a",)]', "no comma"),
        ("[HassTurnOn(name='a')]", "something else"),
        ("[HassTurnOn(name=5)]", "cannot be"),
        ('[HassTurnOn(name="")]', "cannot be"),
        ('[HassTurnOn(name="  ")]', "cannot be"),
        ('[HassTurnOn(name="a\x07b")]', "no text"),
        (r'[HassTurnOn(name="\u0000\u200b")]', "cannot be"),
        (r'[HassTurnOn(name="\ud800")]', "no text"),
        (r'[HassTurnOn(name="\q")]', "no text"),
        ('[HassTurnOn(name="' + "a" * 200 + '")]', "cannot be"),
        ('[HassTurnOn(name="' + "a" * 10_000 + '")]', "characters"),
        ('[HassTurnOn(name="a", domain="nonsense")]', "cannot be"),
        ('[HassLightSet(name="a", brightness=101)]', "cannot be"),
        ('[HassLightSet(name="a", brightness=50.5)]', "cannot be"),
        ('[HassLightSet(name="a", brightness="50")]', "cannot be"),
        ('[HassLightSet(name="a", color="octarine")]', "cannot be"),
        ("[HassClimateSetTemperature(temperature=1e9)]", "no comma"),
        ("[HassClimateSetTemperature(temperature=99999999999)]", "cannot be"),
        ("[HassStartTimer(minutes=0)]", "cannot be"),
        ('[HassSetVolumeRelative(volume_step="louder")]', "cannot be"),
    ],
)
def test_what_is_no_call_is_one_clear_error(call: str, complaint: str) -> None:
    with pytest.raises(CallError, match=re.escape(complaint)):
        read(call)


def test_half_a_call_is_an_error() -> None:
    whole = f'{START}[HassTurnOn(name="a")]{END}'
    for length in range(len(whole)):
        with pytest.raises(CallError):
            read_call(whole[:length])


def test_a_line_break_or_an_invisible_sign_in_a_text_becomes_a_space() -> None:
    assert read(r'[HassShoppingListAddItem(item="milk\u0000and\u200beggs")]').slots["item"] == "milk and eggs"
    assert read(r'[HassShoppingListAddItem(item="milk\n and\teggs ")]').slots["item"] == "milk and eggs"


@given(st.text(max_size=300))
def test_nothing_that_is_written_is_more_than_an_error(written: str) -> None:
    for text in (written, START + written, f"{START}[HassTurnOn({written})]{END}"):
        complaint = ""
        try:
            assert read_call(text).kind.name in INTENTS
        except CallError as error:
            complaint = str(error)
        assert len(complaint) < 300


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable() and text.strip() == text))
def test_a_text_that_is_quoted_is_read_back(text: str) -> None:
    written = quoted(text)
    assert "<" not in written
    assert read(f"[HassShoppingListAddItem(item={written})]").slots["item"] == " ".join(text.split())


def fragments(*texts: str) -> CallCertainty:
    answer = CallCertainty()
    for text in texts:
        assert answer.feed(text, 0.9) == ""
    return answer


def test_words_are_given_out_at_once_and_a_call_is_kept_back() -> None:
    answer = CallCertainty()
    assert [answer.feed(text, 0.1) for text in ("It ", "is [on].")] == ["It ", "is [on]."]
    assert not answer.calls
    assert answer.certainty == 1.0
    answer = fragments(START, "[HassTurnOn(", 'name="a")]')
    assert answer.calls and not answer.call_is_written
    assert answer.feed(END, 0.95) == ""
    assert answer.call_is_written
    assert answer.call().slots == {"name": "a"}


def test_the_certainty_is_the_least_probability_of_the_call_and_not_of_what_is_said_of_it() -> None:
    answer = CallCertainty()
    for text, probability in (
        (START, 0.8),
        ("[HassTurnOn(", 0.9),
        ('name="a"', 0.4),
        (")]", 0.9),
        (END, 1.0),
    ):
        answer.feed(text, probability)
    assert answer.certainty == 0.4
    answer.feed("Done.", 0.01)
    assert answer.certainty == 0.4
    assert answer.call().said == "Done."


def test_the_list_of_tools_has_what_can_be_done_and_the_names_that_there_are() -> None:
    tools = {tool["name"]: tool for tool in json.loads(tool_list())}
    assert "HassTurnOn" in tools
    assert "HassGetState" not in tools and "HassStartTimer" not in tools
    every = {tool["name"] for tool in json.loads(tool_list(frozenset(Need)))}
    assert {"HassGetState", "HassStartTimer"} <= every <= INTENTS.keys()
    named = json.loads(tool_list(names=("Kitchen Light",), areas=("Küche",)))
    properties = named[0]["parameters"]["properties"]
    assert properties["name"]["enum"] == ["Kitchen Light"]
    assert properties["area"]["enum"] == ["Küche"]
    assert "\n" not in tool_list()


def test_each_name_stands_once_in_the_list_of_tools() -> None:
    """A home of a hundred devices would else fill the context."""
    names = tuple(f"Kitchen Light {number}" for number in range(100))
    every = frozenset(Need)
    written = tool_list(every, names, ("Cellar",))
    assert written.count('"Kitchen Light 99"') == written.count('"Cellar"') == 1
    assert len(written) < len(tool_list(every)) + 100 * len('"Kitchen Light 99",') + 100


def test_a_name_may_have_a_blank_before_it_and_a_kind_of_device_may_not() -> None:
    for names in ((), ("Lamp",)):
        rules = dict(rule.split(" ::= ", 1) for rule in home_grammar(names).splitlines() if " ::= " in rule)
        assert rules["v-name"].startswith('"\\"" " "? ')
        assert rules["v-text"].startswith('"\\"" " "? ')
        assert '" "' not in rules["v-domain"]


def test_the_grammar_is_small_and_made_once() -> None:
    assert home_grammar() is home_grammar()
    assert len(home_grammar()) < 100_000
    assert len(home_grammar(tuple(f"light {number}" for number in range(300)))) < 150_000
