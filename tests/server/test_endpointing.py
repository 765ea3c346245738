"""The server hears the end of the utterance itself (A6)."""

from __future__ import annotations

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import FORMAT, hello, silence, types


@pytest.fixture
async def port(start_port: StartPort) -> Port:
    """A server with endpointing."""
    started: Port = await start_port(endpointing={"enabled": True})
    return started


async def test_the_transcript_comes_as_soon_as_the_speaker_has_stopped(port: Port) -> None:
    """A6; HA 2026.11: an early transcript ends the utterance."""
    client = await port.connect()
    await client.send("transcribe", language="en")
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(hello() + silence(1.5))
    events = await client.until("transcript-stop")
    assert [e.data["text"] for e in events if e.type == "transcript"] == ["Turn on the light."]


async def test_chunks_and_the_audio_stop_after_the_transcript_are_swallowed(port: Port) -> None:
    """A6: no second transcript, even if more speech comes before the audio-stop."""
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(hello() + silence(1.5))
    await client.until("transcript-stop")
    await client.send_chunks(silence(0.5) + hello() + silence(1.5))
    await client.send("audio-stop")
    await client.answers_ping()
    assert port.transcriber.started == 1


async def test_chunks_during_the_last_of_the_transcription_are_swallowed(port: Port) -> None:
    """A6: the end was heard, the model still works, the client still sends."""
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(hello() + silence(1.5) + hello())
    await client.send("audio-stop")
    await client.answers_ping()
    port.transcriber.may_go_on.set()
    events = await client.until("transcript-stop")
    assert types(events).count("transcript") == 1
    await client.answers_ping()


@pytest.mark.parametrize("with_audio_stop", [True, False])
@pytest.mark.parametrize("begin", ["transcribe", "audio-start"])
async def test_a_new_utterance_begins_anew(port: Port, begin: str, with_audio_stop: bool) -> None:
    """A6, A7."""
    client = await port.connect()
    for words in (["One."], ["Two."]):
        port.transcriber.words = words
        if begin == "transcribe":
            await client.send("transcribe", language="en")
        await client.send("audio-start", **FORMAT)
        await client.send_chunks(hello() + silence(1.5))
        events = await client.until("transcript-stop")
        assert [e.data["text"] for e in events if e.type == "transcript"] == words
        if with_audio_stop:
            await client.send("audio-stop")


async def test_an_audio_stop_before_the_end_was_heard_ends_the_utterance(port: Port) -> None:
    """A6: a client with a VAD of its own."""
    client = await port.connect()
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert [e.data["text"] for e in events if e.type == "transcript"] == ["Turn on the light."]
    await client.answers_ping()


async def test_nobody_speaking_has_an_empty_transcript_without_an_audio_stop(start_port: StartPort) -> None:
    """A4, A6: HA would wait for ever."""
    port = await start_port(endpointing={"enabled": True, "no_speech_s": 1})
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(silence(1.5), chunk=3200)
    events = await client.until("transcript-stop")
    assert [e.data["text"] for e in events if e.type == "transcript"] == [""]
    assert not port.transcriber.started


async def test_the_clients_sensitivity_changes_the_pause_that_ends_an_utterance(port: Port) -> None:
    """A1: a pause of 0.55 s ends an aggressive utterance, but neither a default nor a relaxed one."""
    for sensitivity, expected in (("aggressive", 1), ("default", 0), ("relaxed", 0), ("no idea", 0)):
        client = await port.connect()
        await client.send("transcribe", vad_sensitivity=sensitivity)
        await client.send("audio-start", **FORMAT)
        await client.send_chunks(hello() + silence(0.55) + hello())
        if expected:
            await client.until("transcript-stop")
        await client.send("audio-stop")
        events = [] if expected else await client.until("transcript-stop")
        texts = [e.data["text"] for e in events if e.type == "transcript"]
        assert len(texts) == 1 - expected
        await client.answers_ping()
