"""Three turns through Home Assistant, of which the second and the third need the one before."""

from __future__ import annotations

from homeassistant.core import HomeAssistant

from tests.home_assistant.conftest import Assistant
from tests.home_assistant.home import light_is, switch
from tests.home_assistant.report import Report


async def test_a_dialogue_of_three_turns(hass: HomeAssistant, assistant: Assistant, report: Report) -> None:
    for room in ("kitchen", "bedroom"):
        await switch(hass, room, on=False)
    rows = {}
    dialogue: str | None = None
    wanted = (
        ("Turn on the kitchen light.", ("on", "off")),
        ("And in the bedroom.", ("on", "on")),
        ("Turn it off again.", ("on", "off")),
    )
    done = []
    for text, lights in wanted:
        result = await assistant.says(text, dialogue)
        dialogue = dialogue or result.conversation_id
        seen = (light_is(hass, "kitchen"), light_is(hass, "bedroom"))
        rows[text] = f"{result.answer} (kitchen {seen[0]}, bedroom {seen[1]}; {result.seconds:.2f} s)"
        done.append((result.response_type, result.conversation_id, seen) == ("action_done", dialogue, lights))
    report.section(
        "A dialogue of three turns", "All with one conversation id, each on a connection of its own."
    )
    report.table("asked", rows)
    assert done == [True, True, True], rows


async def test_without_the_turn_before_it_acts_on_nothing(hass: HomeAssistant, assistant: Assistant) -> None:
    """So the second turn above did need the first."""
    for room in ("kitchen", "bedroom"):
        await switch(hass, room, on=False)
    await assistant.says("And in the bedroom.")
    assert (light_is(hass, "kitchen"), light_is(hass, "bedroom")) == ("off", "off")


async def test_two_dialogues_do_not_mix(hass: HomeAssistant, assistant: Assistant) -> None:
    for room in ("kitchen", "bedroom"):
        await switch(hass, room, on=False)
    first = await assistant.says("Turn on the kitchen light.")
    second = await assistant.says("Turn on the bedroom light.")
    assert first.conversation_id != second.conversation_id
    await assistant.says("Turn it off again.", first.conversation_id)
    assert (light_is(hass, "kitchen"), light_is(hass, "bedroom")) == ("off", "on")
