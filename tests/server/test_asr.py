"""Speech to text over the socket, as Home Assistant and others ask for it (A1, A2, A5)."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Port
from tests.server.stand_ins import hello, silence, types
from tests.server.transcripts import WHOLE_ANSWER, answer, spoken


async def test_what_home_assistant_sends_gets_one_transcript(port: Port) -> None:
    """A2, HA: 10 ms chunks, null timestamps, a short last chunk."""
    client = await port.connect()
    await client.send("transcribe", language="en")
    await client.send_audio(hello()[:-40] + silence(0.3))
    events = await client.until("transcript-stop")
    assert spoken(events) == "Turn on the light."
    assert [e.data["language"] for e in events if e.type == "transcript"] == ["en"]
    await client.answers_ping()


async def test_transcribe_may_be_absent(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


async def test_transcribe_may_have_no_data(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send_raw(b'{"type":"transcribe"}\n')
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


async def test_transcribe_may_have_every_field_there_is(port: Port) -> None:
    """A1: names and terms are accepted, an unknown sensitivity and an unknown model are no error."""
    client = await port.connect()
    await client.send(
        "transcribe",
        name="some other model",
        language="en",
        context={"conversation_id": "abc", "deep": [1, {"2": None}]},
        vad_sensitivity="whatever",
        transcript_names=["Kitchen", "Anna's lamp"],
        transcript_terms=["dim"],
        field_of_the_future=True,
    )
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert spoken(events) == "Turn on the light."
    contexts = [e.data["context"] for e in events if e.type in ("transcript-start", "transcript")]
    assert contexts == 2 * [{"conversation_id": "abc", "deep": [1, {"2": None}]}]


async def test_all_fields_of_transcribe_may_be_null(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send("transcribe", name=None, language=None, context=None, transcript_names=None)
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


@pytest.mark.parametrize("wanted", ["en", "EN", "en-US", "en_us", "en-GB", ""])
async def test_the_models_language_is_recognised_however_it_is_written(port: Port, wanted: str) -> None:
    """A1, I3."""
    client = await port.connect()
    await client.send("transcribe", language=wanted)
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


async def test_a_region_of_the_models_is_found_from_the_bare_language(port: Port) -> None:
    """A1, the reverse direction."""
    port.transcriber.languages = ("ja-JP", "en-US")
    client = await port.connect()
    await client.send("transcribe", language="EN")
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert [e.data["language"] for e in events if e.type == "transcript"] == ["en-US"]


async def test_another_language_than_the_models_is_a_clear_error(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send("transcribe", language="de-DE")
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "language")
    assert "'de-DE'" in event.data["text"]
    assert "en" in event.data["text"]
    assert not port.transcriber.started


async def test_partial_transcripts_come_while_the_model_still_writes(port: Port) -> None:
    """A5: only settled text, between start and stop, around the final transcript."""
    client = await port.connect()
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert list(dict.fromkeys(types(events))) == WHOLE_ANSWER
    assert types(events).count("transcript-chunk") >= 2


async def test_several_clients_are_heard_at_once(port: Port) -> None:
    """A2: each connection has its own utterance."""
    clients = [await port.connect() for _ in range(8)]
    await asyncio.gather(*(client.send_audio(hello()) for client in clients))
    assert await asyncio.gather(*(answer(client) for client in clients)) == 8 * ["Turn on the light."]
