"""A step of the model that never ends (B9): whoever waits is told, and the port stays a port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.hung_model import SteppingTranscriber
from tests.server.stand_ins import GUARD_S, hello, types
from wyoming_lfm2.protocol.health import UnhealthyError, check_health
from wyoming_lfm2.server import connection

LIMIT_S = 0.5


@pytest.fixture
async def hung(start_port: StartPort, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Port]:
    """A port whose model hangs as soon as it is asked for something."""
    monkeypatch.setattr(connection, "_LET_GO_S", 0.2)
    model = SteppingTranscriber()
    model.may_step.clear()
    yield await start_port(transcriber=model, stalled_limit_s=LIMIT_S)
    model.may_step.set()


def model_of(port: Port) -> SteppingTranscriber:
    assert isinstance(port.transcriber, SteppingTranscriber)
    return port.transcriber


async def test_a_client_that_waits_for_a_hung_model_is_told(hung: Port) -> None:
    client = await hung.connect()
    await client.send_audio(hello())
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "stalled")
    assert "has to be restarted" in event.data["text"]


async def test_a_client_that_comes_later_is_told_at_once_and_describe_and_ping_go_on(hung: Port) -> None:
    first = await hung.connect()
    await first.send_audio(hello())
    await first.rest()
    second = await hung.connect()
    await second.send("describe")
    assert types(await second.until("info")) == ["info"]
    await second.send("ping", text="x")
    (pong,) = await second.until("pong")
    assert pong.data["stalled_s"] >= LIMIT_S
    await second.send("transcript", text="Hello?")
    (event,) = await second.rest()
    assert event.data["code"] == "stalled"
    assert hung.converser.asked == []


async def test_the_server_stops_although_its_model_does_not_let_go(hung: Port) -> None:
    client = await hung.connect()
    await client.send_audio(hello())
    await model_of(hung).at_work.wait()
    began = time.monotonic()
    await hung.close()
    assert time.monotonic() - began < 5


async def test_a_model_in_a_step_of_ordinary_length_answers(start_port: StartPort) -> None:
    model = SteppingTranscriber()
    port = await start_port(transcriber=model, stalled_limit_s=30.0)
    model.may_step.clear()
    client = await port.connect()
    await client.send_audio(hello())
    await model.at_work.wait()
    await client.send("ping")
    (pong,) = await client.until("pong")
    assert 0 <= pong.data["stalled_s"] < 30
    model.may_step.set()
    assert types(await client.until("transcript"))[-1] == "transcript"


async def test_a_server_whose_model_hangs_is_not_well(hung: Port) -> None:
    """B4, B9."""
    client = await hung.connect()
    await client.send_audio(hello())
    await client.rest()
    with pytest.raises(UnhealthyError, match=r"has not finished a step for .* \(stalled\)"):
        await check_health(hung.uri, GUARD_S)


async def test_a_server_that_is_busy_is_well_and_says_so(start_port: StartPort) -> None:
    """B4: the check's own request has not had its turn, but the model works."""
    model = SteppingTranscriber()
    port = await start_port(transcriber=model, stalled_limit_s=30.0)
    model.may_step.clear()
    line = await check_health(port.uri, 2)
    assert "its model is at work for others" in line
    model.may_step.set()


async def test_a_server_that_does_not_answer_although_its_model_is_idle_is_not_well(
    start_port: StartPort,
) -> None:
    """It has lost the request."""
    model = SteppingTranscriber()
    model.words = []
    model.may_begin.clear()
    port = await start_port(transcriber=model, stalled_limit_s=30.0)
    with pytest.raises(UnhealthyError, match="no transcript within 1 s"):
        await check_health(port.uri, 1)


async def test_a_server_without_room_for_the_check_is_well(start_port: StartPort) -> None:
    """B4."""
    port = await start_port(service={"connections": 1})
    await (await port.connect()).answers_ping()
    assert "busy, and well" in await check_health(port.uri, GUARD_S)


async def test_nobody_waits_long_for_a_model_that_lets_go(start_port: StartPort) -> None:
    port = await start_port(transcriber=SteppingTranscriber(), stalled_limit_s=30.0)
    client = await port.connect()
    await client.send_audio(hello())
    events = await asyncio.wait_for(client.until("transcript"), GUARD_S)
    assert events[-1].data["text"] == "Turn on the light."
