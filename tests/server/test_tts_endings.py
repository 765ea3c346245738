"""How ``synthesize`` ends when the model fails or the client leaves (T6, T7)."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.requests_in_words import loud, say, sound
from tests.server.speaker_stand_in import StandInSpeaker
from tests.server.stand_ins import GUARD_S, types
from wyoming_lfm2.engine.errors import EngineBusyError, EngineClosedError
from wyoming_lfm2.protocol.uri import TcpUri


@pytest.mark.parametrize("fails_at_frame", [0, 3])
async def test_a_failure_is_an_error_and_the_end_and_never_a_stop(port: Port, fails_at_frame: int) -> None:
    """T6: Home Assistant keeps what ends in audio-stop."""
    port.speaker.error = EngineClosedError("The engine has failed.")
    port.speaker.fails_at_frame = fails_at_frame
    client = await port.connect()
    await client.send("synthesize", text="This will not be said to its end.")
    events = await client.rest_of_broken_sound()
    assert (events[-1].type, events[-1].data) == (
        "error",
        {"text": "The engine has failed.", "code": "closed"},
    )
    assert "audio-stop" not in types(events)
    assert ("audio-start" in types(events)) == (fails_at_frame > 0)


async def test_a_failure_in_a_later_sentence_is_no_stop_either(port: Port) -> None:
    """T6."""
    client = await port.connect()
    port.speaker.holds_at_frame = 2
    port.speaker.may_go_on.clear()
    await client.send("synthesize", text="The first one is good. The second one is not.")
    await client.until("audio-chunk")
    port.speaker.error = EngineBusyError("Too much to do.")
    port.speaker.fails_at_frame = 1
    port.speaker.may_go_on.set()
    events = await client.rest_of_broken_sound()
    assert events[-1].data["code"] == "busy"
    assert "audio-stop" not in types(events)
    assert port.speaker.texts == ["The first one is good.", "The second one is not."]


async def test_a_failure_of_one_client_is_not_kept_for_the_next(port: Port) -> None:
    """T6."""
    port.speaker.error = EngineBusyError("Too much to do.")
    first = await port.connect()
    await first.send("synthesize", text="Hello.")
    assert types(await first.rest_of_broken_sound()) == ["error"]
    port.speaker.error = None
    assert loud(sound(await say(await port.connect(), "Hello.")))


async def test_a_client_that_hangs_up_stops_the_model(port: Port) -> None:
    """T7, A8: no frame is made for somebody who has gone."""
    port.speaker.frames = 1_000_000
    client = await port.connect()
    await client.send("synthesize", text="A sentence without an end.")
    await client.until("audio-chunk")
    await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.speaker.idle.wait()
    made = port.speaker.made
    await asyncio.sleep(0.05)
    assert (port.speaker.made, port.speaker.completed) == (made, 0)


async def test_a_client_that_hangs_up_while_the_model_thinks_stops_it(port: Port) -> None:
    """T7: before the first frame."""
    port.speaker.may_go_on.clear()
    client = await port.connect()
    await client.send("synthesize", text="Hello.")
    await port.speaker.at_work.wait()
    await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.speaker.idle.wait()
    assert port.speaker.made == 0


async def test_a_client_that_stops_reading_is_dropped_and_frees_the_model(start_port: StartPort) -> None:
    speaker = StandInSpeaker()
    speaker.frames = 200_000
    port = await start_port(speaker=speaker, service={"slow_reader_timeout_s": 0.3})
    assert isinstance(port.server.uri, TcpUri)
    with socket.create_connection((port.server.uri.host, port.server.uri.port)) as client:
        event = json.dumps({"type": "synthesize", "data": {"text": "On and on and on."}}) + "\n"
        await asyncio.to_thread(client.sendall, event.encode())
        async with asyncio.timeout(GUARD_S):
            await speaker.at_work.wait()
            await speaker.idle.wait()
    assert speaker.completed == 0
    assert any("stopped reading" in warning for warning in port.warnings())
    speaker.frames = None
    assert loud(sound(await say(await port.connect(), "Somebody else is served.")))


async def test_an_idle_connection_that_has_all_of_its_sound_ends_in_order(start_port: StartPort) -> None:
    """T6: nothing is owed to it, so nothing is cut off inside of an event."""
    port = await start_port(service={"idle_timeout_s": 0.3})
    client = await port.connect()
    await client.send("synthesize", text="Hello.")
    events = await client.rest()
    assert types(events)[-2:] == ["audio-stop", "error"]
    assert events[-1].data["code"] == "idle"
