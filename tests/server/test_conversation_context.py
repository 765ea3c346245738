"""What the model is told besides what was said, by whoever knows it, without holding up anybody else."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import StartPort
from tests.server.requests_in_words import answer, ask
from tests.server.stand_ins import types
from wyoming_lfm2.server import conversation_context


class Household:
    """Somebody who knows something, in their own time."""

    def __init__(self, note: str | None, error: Exception | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._note = note
        self._error = error

    async def context(self, text: str, language: str) -> str | None:
        self.asked.append((text, language))
        await self.may_answer.wait()
        if self._error is not None:
            raise self._error
        return self._note


async def test_the_model_is_told_all_notes_in_their_order_before_what_was_said(start_port: StartPort) -> None:
    providers = [Household("(Ann is at home.)"), Household(None), Household("(It rains.)")]
    port = await start_port(context_providers=providers)
    await ask(await port.connect(), "Who is\nthere?", language="en-GB")
    assert port.converser.asked[0].text == "(Ann is at home.)\n(It rains.)\nWho is there?"
    assert providers[1].asked == [("Who is there?", "en")]


async def test_others_are_answered_while_a_provider_takes_its_time(start_port: StartPort) -> None:
    household = Household("(Ann is at home.)")
    household.may_answer.clear()
    port = await start_port(context_providers=[household])
    client = await port.connect()
    await client.send("transcript", text="Who is there?")
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    household.may_answer.set()
    answer(await client.until("handled-stop"))


async def test_a_provider_that_takes_too_long_or_fails_is_left_out_and_said_so(
    start_port: StartPort, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conversation_context, "_PATIENCE_S", 0.05)
    slow = Household("(never)")
    slow.may_answer.clear()
    broken = Household(None, OSError("no route to the weather"))
    port = await start_port(context_providers=[slow, broken, Household("(It rains.)")])
    answer(await ask(await port.connect(), "Hello."))
    assert port.converser.asked[0].text == "(It rains.)\nHello."
    assert "Household said nothing within 0.05 s" in caplog.text
    assert "no route to the weather" in caplog.text


async def test_a_client_that_hangs_up_while_a_provider_looks_leaves_no_turn(start_port: StartPort) -> None:
    household = Household("(Ann is at home.)")
    household.may_answer.clear()
    port = await start_port(context_providers=[household])
    client = await port.connect()
    await client.send("transcript", text="Who is there?")
    await client.answers_ping()
    await client.hang_up()
    await port.close()
    assert port.converser.asked == []
