"""How ``transcript`` ends when the model fails, the client leaves or the server stops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.requests_in_words import answer, ask
from tests.server.stand_ins import GUARD_S, types
from wyoming_lfm2.engine.errors import EngineBusyError, EngineClosedError


@pytest.mark.parametrize("fails_at", [0, 4])
async def test_a_failure_is_an_error_and_the_end_and_no_answer(port: Port, fails_at: int) -> None:
    port.converser.error = EngineClosedError("The engine has failed.")
    port.converser.fails_at = fails_at
    client = await port.connect()
    await client.send("transcript", text="Hello.", context={"conversation_id": "a"})
    events = await client.rest()
    assert events[-1].data == {"text": "The engine has failed.", "code": "closed"}
    assert types(events) == (["handled-start", "handled-chunk"] if fails_at else []) + ["error"]
    assert not port.converser.dialogues


async def test_a_failure_of_one_client_is_not_kept_for_the_next(port: Port) -> None:
    port.converser.error = EngineBusyError("Too much to do.")
    client = await port.connect()
    await client.send("transcript", text="Hello.")
    assert [event.data.get("code") for event in await client.rest()] == ["busy"]
    port.converser.error = None
    assert answer(await ask(await port.connect(), "Hello.")).type == "handled"


@pytest.mark.parametrize("holds_at", [0, 4])
async def test_a_client_that_hangs_up_stops_the_model_and_has_said_nothing(port: Port, holds_at: int) -> None:
    """A8: before the first sentence or in the middle, the dialogue is as it was before the turn."""
    context = {"conversation_id": "a"}
    await ask(await port.connect(), "Hello.", context=context)
    port.converser.holds_at = holds_at
    port.converser.may_go_on.clear()
    client = await port.connect()
    await client.send("transcript", text="Never mind.", context=context)
    if holds_at:
        await client.until("handled-chunk")
    await port.converser.at_work.wait()
    await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.converser.idle.wait()
    port.converser.may_go_on.set()
    await ask(await port.connect(), "Who are you?", context=context)
    assert port.converser.dialogues == {"a": ["Hello.", "Who are you?"]}


async def test_a_client_that_hangs_up_takes_its_waiting_turns_along(port: Port) -> None:
    port.converser.may_go_on.clear()
    client = await port.connect()
    for _ in range(3):
        await client.send("transcript", text="Hello.")
    await port.converser.at_work.wait()
    await client.answers_ping()
    await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.converser.idle.wait()
    await asyncio.sleep(0.05)
    assert len(port.converser.asked) == 1


async def test_a_client_that_stops_reading_is_dropped_and_frees_the_model(
    start_port: StartPort, tmp_path: Path
) -> None:
    # The buffers of a Unix socket are small, and soon full.
    port = await start_port(f"unix://{tmp_path}/port.sock", service={"slow_reader_timeout_s": 0.3})
    port.converser.fragments = ["It goes on and on. "] * 200_000
    client = await port.connect()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    await client.send("transcript", text="Tell me everything.")
    async with asyncio.timeout(GUARD_S):
        await port.converser.at_work.wait()
        await port.converser.idle.wait()
    assert port.converser.made < 200_000
    assert any("stopped reading" in warning for warning in port.warnings())


async def test_a_server_that_stops_says_so_to_whoever_still_waits(port: Port) -> None:
    """M3."""
    port.converser.may_go_on.clear()
    client = await port.connect()
    await client.send("transcript", text="Hello.", context={"conversation_id": "a"})
    await port.converser.at_work.wait()
    await port.server.stop()
    assert [event.data.get("code") for event in await client.rest()] == ["closed"]
    assert port.converser.idle.is_set()
    assert not port.converser.dialogues
