"""``synthesize`` over a real socket (T1 to T3): what comes back, and when nothing does."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.requests_in_words import loud, say, sound
from tests.server.speaker_stand_in import StandInSpeaker
from tests.server.stand_ins import GUARD_S, hello, types

FORMAT = (24000, 2, 1)


async def test_a_text_gets_a_start_sound_in_one_format_and_a_stop(port: Port) -> None:
    """T1."""
    client = await port.connect()
    events = await say(client, "The kitchen light is on.")
    assert types(events)[0] == "audio-start"
    assert set(types(events)[1:-1]) == {"audio-chunk"}
    for event in events[:-1]:
        assert (event.data["rate"], event.data["width"], event.data["channels"]) == FORMAT
    assert all(event.payload and len(event.payload) % 2 == 0 for event in events[1:-1])
    stamps = [event.data["timestamp"] for event in events]
    assert stamps == sorted(stamps)
    assert stamps[-1] == pytest.approx(len(sound(events)) / 48, abs=1)
    assert loud(sound(events))
    await client.answers_ping()


async def test_sound_is_sent_while_it_is_still_being_made(port: Port) -> None:
    """T1: the first frames do not wait for the last."""
    port.speaker.holds_at_frame = 3
    port.speaker.may_go_on.clear()
    client = await port.connect()
    await client.send("synthesize", text="This sentence is not yet complete when one hears it.")
    assert types(await client.until("audio-chunk")) == ["audio-start", "audio-chunk"]
    assert port.speaker.running == 1
    port.speaker.may_go_on.set()
    await client.until("audio-stop")


async def test_numbers_and_signs_reach_the_model_as_words(port: Port) -> None:
    """Users' row 26."""
    client = await port.connect()
    await say(client, "**It** is -5.5°C at 7:05.")
    assert port.speaker.texts == ["It is minus five point five degrees Celsius at seven oh five."]


async def test_a_long_text_is_spoken_sentence_by_sentence_and_never_two_at_once(port: Port) -> None:
    client = await port.connect()
    events = await say(client, "First. Then a second one! And the third? Yes.")
    assert port.speaker.texts == ["First.", "Then a second one!", "And the third?", "Yes."]
    assert port.speaker.most_running == 1
    assert types(events).count("audio-start") == 1
    assert types(events).count("audio-stop") == 1


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u00a0", "...", "***", "--- ```\n```", "\u200b", "(?!)"])
async def test_a_text_with_nothing_to_say_gets_a_start_and_a_stop(port: Port, text: str) -> None:
    """T3: without either, Home Assistant waits for ever."""
    client = await port.connect()
    assert types(await say(client, text)) == ["audio-start", "audio-stop"]
    assert not port.speaker.said
    await client.answers_ping()


@pytest.mark.parametrize(
    ("voice", "spoken"),
    [
        (None, "us-female"),
        ({}, "us-female"),
        ({"name": "uk-male"}, "uk-male"),
        ({"name": "UK-Male"}, "uk-male"),
        ({"name": "uk-male", "speaker": "uk-male"}, "uk-male"),
        ({"language": "en-GB"}, "uk-male"),
        ({"language": "en_gb"}, "uk-male"),
        ({"language": "en"}, "us-female"),
        ({"name": None, "language": "en-GB"}, "uk-male"),
        ({"speaker": "uk-male"}, "uk-male"),
    ],
)
async def test_a_client_gets_the_voice_it_asks_for(port: Port, voice: object, spoken: str) -> None:
    """T2."""
    client = await port.connect()
    await say(client, "Hello.", voice=voice)
    assert port.speaker.said == [(spoken, "Hello.")]
    assert not port.warnings()


@pytest.mark.parametrize(
    "voice", [{"name": "nobody"}, {"language": "xx"}, {"name": "us-female", "speaker": "p225"}]
)
async def test_an_unknown_voice_is_the_default_with_one_warning(port: Port, voice: dict[str, str]) -> None:
    """T2."""
    client = await port.connect()
    for text in ("Hello.", "Goodbye."):
        await say(client, text, voice=voice)
    assert port.speaker.said == [("us-female", "Hello."), ("us-female", "Goodbye.")]
    assert len(port.warnings()) == 1


async def test_the_tags_of_ssml_are_taken_away(port: Port) -> None:
    """T1: text_format; a format that nobody knows is text."""
    client = await port.connect()
    ssml = (
        '<?xml version="1.0"?><speak>Hello <emphasis level="strong">you</emphasis> &amp; '
        '<break time="1s"/>me.</speak>'
    )
    await say(client, ssml, text_format="ssml")
    await say(client, "Plain.", text_format="markdown")
    assert port.speaker.texts == ["Hello you and, me.", "Plain."]


async def test_describe_and_ping_are_answered_while_somebody_is_spoken_to(port: Port) -> None:
    """I1, M1."""
    port.speaker.may_go_on.clear()
    client = await port.connect()
    await client.send("synthesize", text="Hello.")
    await port.speaker.at_work.wait()
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    await client.answers_ping()
    port.speaker.may_go_on.set()
    await client.until("audio-stop")


async def test_requests_that_are_sent_at_once_are_answered_in_turn(port: Port) -> None:
    client = await port.connect()
    texts = [f"Number {word}." for word in ("one", "two", "three")]
    for text in texts:
        await client.send("synthesize", text=text)
    for _ in texts:
        events = await client.until("audio-stop")
        assert types(events)[0] == "audio-start"
        assert types(events).count("audio-start") == 1
    assert port.speaker.texts == texts


async def test_too_many_requests_at_once_are_an_error(port: Port) -> None:
    port.speaker.may_go_on.clear()
    client = await port.connect()
    for number in range(17):
        await client.send("synthesize", text=f"Number {number}.")
    (event,) = await client.rest_of_broken_sound()
    assert (event.type, event.data["code"]) == ("error", "busy")
    async with asyncio.timeout(GUARD_S):
        await port.speaker.idle.wait()
    assert len(port.speaker.said) == 1


async def test_a_megabyte_of_text_is_refused_and_nobody_waits_for_it(port: Port) -> None:
    other = await port.connect()
    client = await port.connect()
    await client.send("synthesize", text="word " * 200_000)
    (event,) = await client.rest_of_broken_sound()
    assert (event.type, event.data["code"]) == ("error", "text-too-long")
    assert "20000" in event.data["text"]
    await other.answers_ping()
    assert not port.speaker.said


async def test_a_megabyte_of_text_may_be_allowed_and_others_are_still_answered(start_port: StartPort) -> None:
    """Cutting and cleaning up are done sentence by sentence, as they are needed."""
    port = await start_port(speaking={"longest_text": 1_000_000})
    client, other = await port.connect(), await port.connect()
    await client.send("synthesize", text="1 kg, " * 160_000)
    await client.until("audio-chunk")
    await other.answers_ping()
    await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.speaker.idle.wait()
    assert len(port.speaker.said) < 20


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": None},
        {"text": 7},
        {"text": "Hello.", "voice": "us-female"},
        {"text": "Hello.", "voice": {"name": 7}},
        {"text": "Hello.", "voice": {"language": ["en"]}},
        {"text": "Hello.", "text_format": {}},
        {"text": "Hello.", "context": "x"},
    ],
)
async def test_an_event_that_makes_no_sense_is_an_error(port: Port, data: dict[str, object]) -> None:
    client = await port.connect()
    await client.send("synthesize", **data)
    (event,) = await client.rest_of_broken_sound()
    assert (event.type, event.data["code"]) == ("error", "bad-event")
    assert not port.speaker.said


@pytest.mark.parametrize("text", ["\\ud83d", "a\\u0000b c", "\\u202ehello\\u202c"])
async def test_text_that_is_hardly_text_does_no_harm(port: Port, text: str) -> None:
    client = await port.connect()
    await client.send_raw(b'{"type":"synthesize","data":{"text":"Hello. %s"}}\n' % text.encode())
    assert loud(sound(await client.until("audio-stop")))


async def test_speaking_and_hearing_go_on_side_by_side_on_one_connection(port: Port) -> None:
    client = await port.connect()
    port.speaker.may_go_on.clear()
    await client.send("synthesize", text="Hello.")
    await port.speaker.at_work.wait()
    await client.send_audio(hello())
    assert types(await client.until("transcript-stop")).count("transcript") == 1
    port.speaker.may_go_on.set()
    assert loud(sound(await client.until("audio-stop")))


async def test_select_program_is_accepted_before_speech(port: Port) -> None:
    """I7."""
    client = await port.connect()
    for name in ("lfm2", "somebody else's"):
        await client.send("select-program", name=name)
        assert loud(sound(await say(client, "Hello.")))


async def test_a_model_that_cannot_speak_advertises_nothing_and_says_why(start_port: StartPort) -> None:
    """I4."""
    speaker = StandInSpeaker()
    speaker.voices = ()
    speaker.tts_unavailable_reason = (
        "The vocoder file is missing. Download it with: models download NAME --all-parts"
    )
    port = await start_port(speaker=speaker)
    client = await port.connect()
    await client.send("describe")
    (event,) = await client.until("info")
    assert event.data["tts"] == []
    for event_type in ("synthesize", "synthesize-start"):
        asking = await port.connect()
        await asking.send(event_type, text="Hello.")
        (refusal,) = await asking.rest_of_broken_sound()
        assert refusal.data == {"text": speaker.tts_unavailable_reason, "code": "cannot-speak"}


async def test_texts_are_logged_only_when_that_is_asked_for(
    start_port: StartPort, caplog: pytest.LogCaptureFixture
) -> None:
    for transcripts in (False, True):
        port = await start_port(log={"transcripts": transcripts})
        await say(await port.connect(), "The secret is out.")
        await port.close()
        assert ("secret" in caplog.text) == transcripts
