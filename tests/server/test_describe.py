"""``describe`` and ``info`` (I1 to I7), ``ping`` and what nobody asked for (F5, M1, M2)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from wyoming.info import Info

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import FORMAT, MAKER, hello, silence, types
from wyoming_lfm2.asr.stream import AsrStream


async def test_describe_gets_exactly_one_info_with_all_domains_as_lists(port: Port) -> None:
    """I1."""
    client = await port.connect()
    await client.send("describe")
    event = await client.event()
    assert event is not None
    assert event.type == "info"
    assert event.data.keys() == {"asr", "tts", "handle", "intent", "wake", "mic", "snd"}
    assert all(isinstance(programs, list) for programs in event.data.values())
    await client.answers_ping()


async def test_a_describe_of_a_bare_healthcheck_is_answered(port: Port) -> None:
    """F2, as in 4.9: no version, nothing else."""
    client = await port.connect()
    await client.send_raw(b'{"type":"describe"}\n')
    assert types(await client.until("info")) == ["info"]


async def test_info_says_everything_that_home_assistant_needs_about_our_program(port: Port) -> None:
    """I2, I5, I6; HA: a missing attribution crashes its config flow, the title is our program's name."""
    client = await port.connect()
    await client.send("describe")
    (event,) = await client.until("info")
    (program,) = Info.from_event(event).asr
    assert program.name == "lfm2"
    assert program.installed
    assert program.version
    assert program.attribution.name
    assert program.supports_transcript_streaming
    assert program.requires_external_vad
    (model,) = program.models
    assert (model.name, model.version, model.languages) == ("stand-in", "1", ["en"])
    assert model.installed
    assert not Info.from_event(event).intent, "I4: never advertised unless answered"


async def test_info_says_everything_that_home_assistant_needs_about_our_voices(port: Port) -> None:
    """I2, I3, T1: every voice has a language; the default comes first."""
    client = await port.connect()
    await client.send("describe")
    (event,) = await client.until("info")
    (program,) = Info.from_event(event).tts
    assert (program.name, program.installed, program.supports_synthesize_streaming) == ("lfm2", True, True)
    assert [(voice.name, voice.languages) for voice in program.voices] == [
        ("us-female", ["en-US", "en"]),
        ("uk-male", ["en-GB", "en"]),
    ]
    assert all(voice.installed and voice.description for voice in program.voices)


async def test_the_program_is_ours_and_the_model_and_its_voices_are_their_makers(
    start_port: StartPort,
) -> None:
    """I2: nano is not Liquid AI's, and Liquid AI's models are not ours."""
    port = await start_port(conversation={"home_control": True})
    client = await port.connect()
    await client.send("describe")
    info = Info.from_event((await client.until("info"))[0])
    programs = [*info.asr, *info.tts, *info.handle, *info.intent]
    assert len(programs) == 4
    assert {(program.attribution.name, program.attribution.url) for program in programs} == {
        ("wyoming-lfm2", "")
    }
    models = [*info.asr[0].models, *info.tts[0].voices, *info.handle[0].models, *info.intent[0].models]
    assert {(model.attribution.name, model.attribution.url) for model in models} == {MAKER}


async def test_a_model_of_an_unknown_maker_is_described_all_the_same(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I2; HA: a missing attribution crashes its config flow."""
    nobodys = replace(port.transcriber.info, maker="", maker_url="")
    monkeypatch.setattr(type(port.transcriber), "info", nobodys)
    client = await port.connect()
    await client.send("describe")
    (model,) = Info.from_event((await client.until("info"))[0]).asr[0].models
    assert (model.attribution.name, model.attribution.url) == ("unknown", "")


async def test_voices_of_the_settings_are_advertised_too(start_port: StartPort) -> None:
    """I3."""
    butler = {"description": "A calm and low voice", "languages": ["en-GB"], "seed": 7}
    port = await start_port(speaking={"voices": {"butler": butler}, "voice": "butler"})
    client = await port.connect()
    await client.send("describe")
    (event,) = await client.until("info")
    (program,) = Info.from_event(event).tts
    assert [voice.name for voice in program.voices] == ["butler", "us-female", "uk-male"]
    assert (program.voices[0].languages, program.voices[0].description) == (["en-GB"], "A calm and low voice")


async def test_info_says_that_home_assistant_needs_no_vad_when_the_server_hears_the_end(
    start_port: StartPort,
) -> None:
    """I2, HA 2026.11: requires_external_vad."""
    port = await start_port(endpointing={"enabled": True})
    client = await port.connect()
    await client.send("describe")
    (event,) = await client.until("info")
    assert event.data["asr"][0]["requires_external_vad"] is False


async def test_the_name_of_the_program_is_a_setting(start_port: StartPort) -> None:
    """I5."""
    port = await start_port(service={"name": "kitchen ears"})
    client = await port.connect()
    await client.send("describe")
    (event,) = await client.until("info")
    assert event.data["asr"][0]["name"] == "kitchen ears"


async def test_describe_is_answered_between_chunks_and_during_a_transcription(port: Port) -> None:
    """I1, A8."""
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(hello())
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    await client.send("audio-stop")
    await port.transcriber.at_work.wait()
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    port.transcriber.may_go_on.set()
    assert types(await client.until("transcript-stop")).count("transcript") == 1


async def test_describe_is_answered_behind_five_minutes_of_audio_sent_at_once(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I1: reading goes on although the ear is far behind, here for ever."""

    async def never(*_: object) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(AsrStream, "_listen", never)
    client = await port.connect()
    for _ in range(3):
        await client.send("audio-chunk", silence(99), **FORMAT)
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]


async def test_describe_on_other_connections_is_answered_during_a_transcription(port: Port) -> None:
    """I1, I6: Home Assistant polls on a connection of its own."""
    port.transcriber.may_go_on.clear()
    speaker = await port.connect()
    await speaker.send_audio(hello())
    await port.transcriber.at_work.wait()
    for _ in range(3):
        poller = await port.connect()
        await poller.send("describe")
        assert types(await poller.until("info")) == ["info"]
        await poller.hang_up()
    port.transcriber.may_go_on.set()
    assert types(await speaker.until("transcript-stop")).count("transcript") == 1


@pytest.mark.parametrize("text", ["hello", "", "°C привет 😀", None])
async def test_ping_is_answered_with_its_text(port: Port, text: str | None) -> None:
    """M1."""
    client = await port.connect()
    await client.send("ping", text=text)
    (event,) = await client.until("pong")
    assert event.data.get("text") == text


async def test_ping_is_answered_during_a_transcription(port: Port) -> None:
    """M1, 4.9: the library reads the next event only when the last one is dealt with."""
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send_audio(hello())
    await port.transcriber.at_work.wait()
    await client.answers_ping()


async def test_unknown_events_are_ignored_and_the_connection_stays_open(port: Port) -> None:
    """F5, M2; users' row 24: servers that hung up on unknown events broke with each new protocol version."""
    client = await port.connect()
    await client.send("user-event", name="anything", data={"a": 1}, context={"b": 2})
    await client.send("run-satellite")
    await client.send("event-of-the-year-2040", payload=b"abc", some={"deep": ["data"]})
    await client.answers_ping()


async def test_select_program_is_accepted_and_an_unknown_name_is_ignored(port: Port) -> None:
    """I7."""
    client = await port.connect()
    await client.send("select-program", name="lfm2")
    await client.send("select-program", name="somebody else's program")
    await client.answers_ping()
    await client.send_audio(hello())
    assert types(await client.until("transcript-stop")).count("transcript") == 1


async def test_events_that_are_sent_at_once_are_answered_one_by_one(port: Port) -> None:
    """F7: answers never interleave, and keep their order."""
    client = await port.connect()
    for number in range(100):
        client.writer.write(b'{"type":"ping","data":{"text":"%d"}}\n{"type":"describe"}\n' % number)
    for number in range(100):
        pong, info = await client.event(), await client.event()
        assert pong is not None
        assert info is not None
        assert (pong.data["text"], info.type) == (str(number), "info")
