"""What ``wyoming-lfm2 chat --home`` prints, whatever the model calls."""

from __future__ import annotations

import pytest

from tests.server.converser_stand_in import StandInConverser
from wyoming_lfm2.cli.home_chat import write_at_home
from wyoming_lfm2.config.settings import ConversationSettings


async def printed(
    call: str, said: str, capsys: pytest.CaptureFixture[str], engine: StandInConverser | None = None
) -> list[str]:
    engine = engine or StandInConverser()
    engine.fragments = ["<|tool_call_start|>", f"[{call}]", "<|tool_call_end|>", said]
    await write_at_home(engine, "Is it on?", "a", ConversationSettings(home_control=True))
    return capsys.readouterr().out.splitlines()


async def test_what_is_done_is_confirmed_in_the_words_of_the_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = await printed('HassTurnOn(name="lamp")', "The lamp is on.", capsys)
    assert lines == ['HassTurnOn(name="lamp") (100% sure)', "The lamp is on."]


async def test_of_a_state_no_template_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """It is Home Assistant that renders it."""
    lines = await printed('HassGetState(name="lamp", state="on")', "Yes.", capsys)
    assert lines == [
        'HassGetState(name="lamp", state="on") (100% sure)',
        "(Home Assistant looks it up and says what it finds.)",
    ]


@pytest.mark.parametrize("call", ['HassTurnOn(name="lamp")', "HassTurnOn()"])
async def test_what_is_refused_has_never_been_said(call: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As on the port."""
    engine = StandInConverser()
    await printed('HassTurnOn(name="lamp")', "The lamp is on.", capsys, engine)
    assert engine.dialogues == {"a": ["Is it on?"]}
    engine.probabilities = [0.4]
    lines = await printed(call, "The lamp is on.", capsys, engine)
    assert lines[-1] == "Sorry, I am not sure what you want me to do."
    assert engine.dialogues == {"a": ["Is it on?"]}
