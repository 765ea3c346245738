"""Several clients, one model: what is spoken once for all of them, and what is remembered."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import GUARD_S, types
from tests.server.test_tts import loud, say, sound
from wyoming_lfm2.engine.errors import EngineClosedError


async def test_the_same_sentence_again_comes_from_memory_and_sounds_the_same(port: Port) -> None:
    first = await say(await port.connect(), "The light is on.")
    again = await say(await port.connect(), "The light is on.")
    assert sound(first) == sound(again)
    assert len(port.speaker.said) == 1


async def test_another_voice_is_another_sound(port: Port) -> None:
    female = await say(await port.connect(), "The light is on.", voice={"name": "us-female"})
    male = await say(await port.connect(), "The light is on.", voice={"name": "uk-male"})
    assert sound(female) != sound(male)
    assert len(port.speaker.said) == 2


async def test_a_sentence_inside_of_another_text_is_remembered_too(port: Port) -> None:
    await say(await port.connect(), "Done.")
    await say(await port.connect(), "Done. The light is on.")
    assert port.speaker.texts == ["Done.", "The light is on."]


async def test_nothing_is_remembered_when_that_is_switched_off(start_port: StartPort) -> None:
    port = await start_port(speaking={"cache_mb": 0})
    for _ in range(2):
        await say(await port.connect(), "The light is on.")
    assert len(port.speaker.said) == 2


async def test_what_several_clients_ask_for_at_once_is_spoken_once(port: Port) -> None:
    port.speaker.holds_at_frame = 1
    port.speaker.may_go_on.clear()
    clients = [await port.connect() for _ in range(4)]
    for client in clients[:2]:
        await client.send("synthesize", text="Dinner is ready.")
    await clients[0].until("audio-chunk")
    await clients[1].until("audio-chunk")
    for client in clients[2:]:
        await client.send("synthesize", text="Dinner is ready.")
        await client.until("audio-chunk")
    port.speaker.may_go_on.set()
    rest = [sound(await client.until("audio-stop")) for client in clients]
    assert len(set(rest)) == 1
    assert len(port.speaker.said) == 1


async def test_a_client_that_leaves_does_not_stop_the_others(port: Port) -> None:
    port.speaker.holds_at_frame = 1
    port.speaker.may_go_on.clear()
    leaving, staying = await port.connect(), await port.connect()
    for client in (leaving, staying):
        await client.send("synthesize", text="Dinner is ready.")
        await client.until("audio-chunk")
    await leaving.hang_up()
    await staying.send("ping")
    await staying.until("pong")
    port.speaker.may_go_on.set()
    assert loud(sound(await staying.until("audio-stop")))
    assert (len(port.speaker.said), port.speaker.completed) == (1, 1)


async def test_when_the_last_one_leaves_the_model_stops_and_the_next_one_begins_anew(port: Port) -> None:
    port.speaker.frames = 1_000_000
    clients = [await port.connect() for _ in range(2)]
    for client in clients:
        await client.send("synthesize", text="Dinner is ready.")
        await client.until("audio-chunk")
    for client in clients:
        await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.speaker.idle.wait()
    assert port.speaker.completed == 0
    port.speaker.frames = None
    assert loud(sound(await say(await port.connect(), "Dinner is ready.")))
    assert port.speaker.completed == 1


async def test_a_failure_is_told_to_all_who_listen(port: Port) -> None:
    """T6."""
    port.speaker.may_go_on.clear()
    port.speaker.error = EngineClosedError("The engine has failed.")
    clients = [await port.connect() for _ in range(3)]
    for client in clients:
        await client.send("synthesize", text="Dinner is ready.")
        await client.answers_ping()
    port.speaker.may_go_on.set()
    for client in clients:
        assert types(await client.rest_of_broken_sound()) == ["error"]
    assert len(port.speaker.said) == 1


@pytest.mark.parametrize("text", ["Dinner is ready.", "It is 7:05. Dinner is ready."])
async def test_many_clients_each_get_all_of_it(port: Port, text: str) -> None:
    async def one() -> bytes:
        return sound(await say(await port.connect(), text))

    sounds = await asyncio.gather(*(one() for _ in range(12)))
    assert len(set(sounds)) == 1
    assert len(port.speaker.said) == text.count(".")
