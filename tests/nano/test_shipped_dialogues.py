"""The shipped nano converses: commands become intents, later turns need the ones before, the rest is declined."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nano.corpus.dialogues import sample_dialogues
from nano.corpus.refusals import REFUSAL
from nano.evaluate_dialogues import answered, meaning
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.locate import locate_model_set

COMMANDS = [
    ("Turn on the kitchen light.", ("HassTurnOn", {"name": "kitchen light"})),
    ("Turn off the lights in the bedroom.", ("HassTurnOff", {"area": "bedroom", "domain": "light"})),
    ("Set the den lights to 50%.", ("HassLightSet", {"area": "den", "domain": "light", "brightness": 50})),
    ("Make the desk lamp blue.", ("HassLightSet", {"name": "desk lamp", "color": "blue"})),
    ("Close the blinds.", ("HassTurnOff", {"domain": "cover", "device_class": "blind"})),
    ("Lock the front door.", ("HassTurnOn", {"name": "front door", "domain": "lock"})),
    ("Set the temperature to 21 degrees.", ("HassClimateSetTemperature", {"temperature": 21})),
    ("Is the garage door open?", ("HassGetState", {"name": "garage door", "domain": "cover", "state": "open"})),
    ("Add milk to my shopping list.", ("HassShoppingListAddItem", {"item": "milk"})),
    ("Never mind.", ("HassNevermind", {})),
]  # fmt: skip
FOREIGN = (
    "What is the capital of Mongolia?",
    "Who won the football match?",
    "How do I bake a sourdough loaf?",
    "Purple monkeys juggle seven quickly.",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    loaded = await Engine.load(locate_model_set(ModelSettings()), EngineSettings(), longest_piece_s=5.0)
    yield loaded
    await loaded.close()


def test_nano_says_that_it_converses_and_what_it_is_to_be_told() -> None:
    model_set = locate_model_set(ModelSettings())
    assert model_set.model.chat_unavailable_reason == ""
    assert model_set.model.home_prompt.startswith(model_set.model.conversation_prompt)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("user", "wanted"), COMMANDS)
async def test_a_command_becomes_an_intent_with_its_slots(engine: Engine, user: str, wanted: object) -> None:
    answer = await answered(engine, user, True, user)
    assert meaning(answer.text) == wanted
    assert answer.certainty > 0.5


@pytest.mark.asyncio(loop_scope="module")
async def test_later_turns_need_the_ones_before(engine: Engine) -> None:
    texts = [
        (await answered(engine, user, True, "three turns")).text
        for user in ("Turn on the kitchen lights.", "And in the bedroom.", "Turn them off again.")
    ]
    assert [meaning(text) for text in texts] == [
        ("HassTurnOn", {"area": "kitchen", "domain": "light"}),
        ("HassTurnOn", {"area": "bedroom", "domain": "light"}),
        ("HassTurnOff", {"area": "bedroom", "domain": "light"}),
    ]


@pytest.mark.asyncio(loop_scope="module")
async def test_without_home_control_a_command_gets_words_only(engine: Engine) -> None:
    answer = await answered(engine, "Turn on the kitchen light.", False, "plain")
    assert answer.text == "Turned on the kitchen light."


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("home", [True, False])
@pytest.mark.parametrize("user", FOREIGN)
async def test_what_is_none_of_a_home_s_business_is_declined(engine: Engine, user: str, home: bool) -> None:
    assert (await answered(engine, user, home, f"{user} {home}")).text == REFUSAL


@pytest.mark.asyncio(loop_scope="module")
async def test_the_time_is_read_from_the_note(engine: Engine) -> None:
    user = "(It is 7:05 PM on Sunday, November 22, 2026.)\nWhat time is it?"
    assert (await answered(engine, user, False, "time")).text == "It's 7:05 PM."


@pytest.mark.asyncio(loop_scope="module")
async def test_nine_tenths_of_held_out_sentences_become_the_right_intent(engine: Engine) -> None:
    # By the hash of their opening, sentences of the test split are in no training, whatever the seed.
    held_out = [
        dialogue for dialogue in sample_dialogues(5000, 99) if dialogue.split == "test" and dialogue.home
    ]
    right = []
    for number, dialogue in enumerate(held_out):
        wanted = meaning(dialogue.turns[0].assistant)
        if isinstance(wanted, tuple):
            answer = await answered(engine, dialogue.turns[0].user, True, f"held out {number}")
            right.append(meaning(answer.text) == wanted)
    assert len(right) > 25
    assert sum(right) >= 0.9 * len(right)
