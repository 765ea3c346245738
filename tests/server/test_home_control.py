"""``transcript`` with home control: what is answered with an intent, and what is not done."""

from __future__ import annotations

import asyncio
import json

import pytest
from wyoming.event import Event
from wyoming.info import Info

from tests.server.conftest import Port, StartPort
from tests.server.converser_stand_in import StandInConverser
from tests.server.requests_in_words import answer, ask
from tests.server.stand_ins import GUARD_S, RawClient, types
from wyoming_lfm2.engine.errors import GrammarError

HOME = {"home_control": True}
START, END = "<|tool_call_start|>", "<|tool_call_end|>"
NEW = {"language": "en", "context": {"conversation_id": "a", "device_id": "d"}}
"""What Home Assistant 2026.11 tells."""


@pytest.fixture
async def port(start_port: StartPort) -> Port:
    """With home control; a model that turns on the kitchen light whatever is said."""
    started: Port = await start_port(conversation=HOME)
    writes(started, 'HassTurnOn(name="kitchen light", domain="light")', "Turned on the kitchen light.")
    return started


def writes(port: Port, call: str, said: str = "") -> None:
    """Let the model write a call, piece by piece."""
    port.converser.fragments = [START, "[", call[:9], call[9:], "]", END]
    port.converser.fragments += [f"{part} " for part in said.split(" ") if part]


async def final(client: RawClient, text: str = "Turn on the kitchen light.", **data: object) -> Event:
    """What a turn ends with, and that it is all that comes."""
    await client.send("transcript", text=text, **data)
    events = await client.until("intent", "handled-stop", "not-recognized")
    await client.answers_ping()
    return answer(events) if events[-1].type == "handled-stop" else events[-1]


async def test_a_call_is_an_intent_with_its_slots_and_what_is_to_be_said(port: Port) -> None:
    """H4: the only event of the turn."""
    client = await port.connect()
    await client.send("transcript", text="Turn on the kitchen light.", context={"conversation_id": "a"})
    (event,) = await client.until("intent")
    assert event.data == {
        "name": "HassTurnOn",
        "entities": [{"name": "name", "value": "kitchen light"}, {"name": "domain", "value": "light"}],
        "text": "Turned on the kitchen light.",
        "context": {"conversation_id": "a"},
    }
    await client.answers_ping()
    assert port.converser.dialogues == {"a": ["Turn on the kitchen light."]}


async def test_words_are_answered_and_streamed_as_without_home_control(port: Port) -> None:
    port.converser.fragments = ["The ", "light ", "is on.", " Sleep", " well."]
    events = await ask(await port.connect(), "Hello.")
    assert types(events) == ["handled-start", "handled-chunk", "handled-chunk", "handled", "handled-stop"]
    assert answer(events).data["text"] == "The light is on. Sleep well."


@pytest.mark.parametrize("unsure_at", [0, 1, 2, 3, 4, 5])
async def test_what_the_model_is_not_sure_of_is_not_done_and_has_not_been_said(
    port: Port, unsure_at: int
) -> None:
    port.converser.probabilities = [0.4 if place == unsure_at else 0.9 for place in range(6)]
    got = await final(await port.connect(), context={"conversation_id": "a"})
    assert (got.type, got.data["text"]) == (
        "not-recognized",
        "Sorry, I am not sure what you want me to do.",
    )
    assert got.data["context"] == {"conversation_id": "a"}
    assert not port.converser.dialogues
    assert port.converser.made <= 6, "nothing is written that nobody will hear"


async def test_how_sure_it_has_to_be_is_a_setting_and_of_the_confirmation_it_need_not_be(
    start_port: StartPort,
) -> None:
    for least, kind in ((0.3, "intent"), (0.7, "not-recognized"), (0.0, "intent"), (1.0, "not-recognized")):
        port = await start_port(conversation={**HOME, "home_confidence": least})
        writes(port, 'HassTurnOn(name="a")', "Done now.")
        port.converser.probabilities = [0.6] * 6 + [0.01] * 9
        assert (await final(await port.connect())).type == kind


@pytest.mark.parametrize(
    ("call", "told", "got"),
    [
        ('HassGetState(name="a")', {}, "Sorry, I cannot look that up from here."),
        (
            "HassGetWeather()",
            {"context": {"conversation_id": "a"}},
            "Sorry, I cannot look that up from here.",
        ),
        ("HassStartTimer(minutes=5)", {}, "Sorry, I cannot set timers from here."),
        ("HassStartTimer(minutes=5)", {"language": "en"}, "Sorry, I cannot set timers from here."),
        ('HassVacuumCleanArea(area="a")', {}, "Sorry, I cannot do that here."),
        ("HassStartTimer(minutes=5)", {"language": "ja"}, "すみません、ここからはタイマーを使えません。"),
    ],
)
async def test_what_this_home_assistant_cannot_do_is_said_in_words(
    start_port: StartPort, call: str, told: dict[str, object], got: str
) -> None:
    """2026.2 tells neither language nor device, speaks texts as they are, and has no timers for us."""
    converser = StandInConverser()
    converser.languages = ("en", "ja")
    port = await start_port(converser=converser, conversation=HOME)
    writes(port, call)
    event = await final(await port.connect(), **told)
    assert (event.type, event.data["text"]) == ("not-handled", got)
    assert not port.converser.dialogues


@pytest.mark.parametrize(
    ("call", "begins"),
    [
        ("HassStartTimer(minutes=5)", "Five minutes."),
        ('HassVacuumCleanArea(area="a")', "Five minutes."),
        ('HassGetState(name="a")', "{% if state %}{% for s in query.matched %}"),
        ('HassGetState(domain="light", state="on")', "{% if state %}{% if query.matched %}Yes: "),
        ("HassGetWeather()", "{% if state %}It is {{ state.state"),
        (
            "HassClimateGetTemperature()",
            "{% if state %}{% if state.attributes.current_temperature is number %}It is {{",
        ),
    ],
)
async def test_a_newer_home_assistant_is_asked_for_timers_and_to_say_what_it_finds(
    port: Port, call: str, begins: str
) -> None:
    writes(port, call, "Five minutes.")
    event = await final(await port.connect(), **NEW)
    assert event.type == "intent"
    assert event.data["text"].startswith(begins)
    assert event.data["text"].count("{%") == event.data["text"].count("%}")


async def test_nothing_that_somebody_says_becomes_a_template(port: Port) -> None:
    writes(port, 'HassShoppingListAddItem(item="{{ states }}")', "Added {{ states('lock.door') }} {% x %}.")
    event = await final(await port.connect(), **NEW)
    assert event.data["text"] == "Added states('lock.door') % x % ."
    assert event.data["entities"] == [{"name": "item", "value": "{{ states }}"}]


@pytest.mark.parametrize(
    ("call", "said", "text"),
    [
        ('HassTurnOn(name="a")', "", "Done."),
        ('HassTurnOn(name="a")', "**Okay** 👍", "Okay"),
        ("HassNevermind()", "", ""),
        ("HassNevermind()", "Okay.", "Okay."),
    ],
)
async def test_what_is_said_is_plain_text_and_there_is_something_to_say(
    port: Port, call: str, said: str, text: str
) -> None:
    writes(port, call, said)
    assert (await final(await port.connect())).data["text"] == text


@pytest.mark.parametrize(
    "written",
    [
        [START],
        [START, "[HassTurnOn("],
        [START, "[HassSelfDestruct()]", END],
        [START, '[HassTurnOn(name="', "x" * 10_000, '")]', END],
        [START, '[HassTurnOn(name="a', "\n", '")]', END],
        [START, '[HassTurnOn(name="a")]'],
        [START, '[HassTurnOn(name="a", name="b")]', END, "Done."],
    ],
)
async def test_a_call_that_makes_no_sense_is_not_done(port: Port, written: list[str]) -> None:
    """Whatever a model writes: a grammar should prevent it, but an answer can be cut."""
    port.converser.fragments = written
    assert (await final(await port.connect())).type == "not-recognized"


async def test_a_value_with_quotes_of_any_language_arrives_as_it_is(port: Port) -> None:
    writes(port, r'HassShoppingListAddItem(item="a\"b\"ü卵\\")')
    event = await final(await port.connect())
    assert event.data["entities"] == [{"name": "item", "value": 'a"b"ü卵\\'}]


async def test_the_model_is_told_what_it_can_do(start_port: StartPort) -> None:
    port = await start_port(conversation={**HOME, "home_names": ["Kitchen Light"], "home_areas": ["Office"]})
    client = await port.connect()
    await ask(client, "Hello.")
    await ask(client, "Hello.", **NEW)
    old, new = port.converser.asked
    assert "call the one function" in old.system
    assert old.grammar == new.grammar
    assert '"Kitchen Light' in old.grammar.replace("\\", "") and "kitchen light" in old.grammar
    names = [{tool["name"] for tool in json.loads(asked.tools)} for asked in (old, new)]
    assert {"HassStartTimer", "HassGetState"} <= names[1] - names[0]
    assert json.loads(old.tools)[0]["parameters"]["properties"]["name"]["enum"] == ["Kitchen Light"]


async def test_a_model_of_one_prompt_gets_that_and_no_list(start_port: StartPort) -> None:
    converser = StandInConverser()
    converser.conversation_prompt, converser.home_prompt = "Answer briefly.", "Control the home."
    port = await start_port(converser=converser, conversation=HOME)
    await ask(await port.connect(), "Hello.")
    own = await start_port(converser=converser, conversation={**HOME, "home_prompt": "Do it in {language}."})
    await ask(await own.connect(), "Hello.")
    first, second = converser.asked
    assert (first.system, first.tools) == ("Control the home.", "")
    assert second.system == "Do it in English."
    assert json.loads(second.tools)


async def test_home_control_is_advertised_where_it_works_and_nowhere_else(start_port: StartPort) -> None:
    """I4, H5."""

    async def described(port: Port) -> Info:
        client = await port.connect()
        await client.send("describe")
        return Info.from_event((await client.until("info"))[0])

    info = await described(await start_port(conversation=HOME))
    (program,) = info.intent
    assert (program.name, program.installed, program.models[0].languages) == ("lfm2", True, ["en"])
    assert program.attribution.name
    assert info.handle[0].supports_home_control
    for settings, chat_unavailable_reason, calls in (
        ({}, "", True),
        (HOME, "It was not trained for that.", True),
        (HOME, "", False),
        ({**HOME, "enabled": False}, "", True),
    ):
        converser = StandInConverser()
        converser.chat_unavailable_reason, converser.calls = chat_unavailable_reason, calls
        info = await described(await start_port(converser=converser, conversation=settings))
        assert info.intent == []
        assert not any(program.supports_home_control for program in info.handle)


async def test_without_home_control_the_model_is_not_asked_to_choose(start_port: StartPort) -> None:
    for settings, calls in (({}, True), (HOME, False)):
        converser = StandInConverser()
        converser.calls = calls
        port = await start_port(converser=converser, conversation=settings)
        await ask(await port.connect(), "Hello.")
        assert converser.asked[0].grammar == ""


async def test_a_client_that_hangs_up_amid_a_call_has_said_nothing(port: Port) -> None:
    """A8."""
    for holds_at in (2, 8):
        port.converser.holds_at = holds_at
        port.converser.may_go_on.clear()
        client = await port.connect()
        await client.send("transcript", text="Turn it on.", context={"conversation_id": "a"})
        await port.converser.at_work.wait()
        await client.hang_up()
        async with asyncio.timeout(GUARD_S):
            await port.converser.idle.wait()
        port.converser.may_go_on.set()
    assert not port.converser.dialogues


async def test_a_failure_amid_a_call_is_an_error_and_nothing_is_done(port: Port) -> None:
    port.converser.error = GrammarError("The grammar is wrong.")
    for fails_at in (0, 3):
        port.converser.fails_at = fails_at
        client = await port.connect()
        await client.send("transcript", text="Hello.")
        assert [event.data["code"] for event in await client.rest()] == ["grammar"]


async def test_turns_of_one_connection_are_answered_in_turn_whatever_they_end_in(port: Port) -> None:
    client = await port.connect()
    for text in ("One.", "Two."):
        await client.send("transcript", text=text, context={"conversation_id": text})
    got = [event for _ in range(2) for event in await client.until("intent")]
    assert [event.data["context"]["conversation_id"] for event in got] == ["One.", "Two."]
