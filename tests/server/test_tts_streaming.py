"""Text that comes in pieces: ``synthesize-start``, ``-chunk``, ``-stop`` (T4 to T7)."""

from __future__ import annotations

import asyncio

import pytest
from wyoming.event import Event

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import GUARD_S, RawClient, types
from tests.server.test_tts import loud, say, sound
from wyoming_lfm2.engine.errors import EngineClosedError
from wyoming_lfm2.tts import speech_stream


async def stream(client: RawClient, *pieces: str, compatible: bool = True, **start: object) -> list[Event]:
    """A whole stream as Home Assistant sends it; what comes back."""
    await client.send("synthesize-start", **start)
    for piece in pieces:
        await client.send("synthesize-chunk", text=piece)
    if compatible:
        await client.send("synthesize", text="".join(pieces), **start)
    await client.send("synthesize-stop")
    return await client.until("synthesize-stopped")


@pytest.mark.parametrize("compatible", [True, False])
async def test_a_stream_is_spoken_once_in_one_format(port: Port, compatible: bool) -> None:
    """T4, T5: with and without the synthesize that is there for servers that know no streams."""
    client = await port.connect()
    events = await stream(
        client, "The first ", "sentence. The sec", "ond one", ". And a third", compatible=compatible
    )
    assert port.speaker.texts == ["The first sentence.", "The second one.", "And a third"]
    assert types(events)[0] == "audio-start"
    assert types(events)[-2:] == ["audio-stop", "synthesize-stopped"]
    assert set(types(events)[1:-2]) == {"audio-chunk"}
    stamps = [event.data["timestamp"] for event in events[:-1]]
    assert stamps == sorted(stamps)
    assert loud(sound(events))
    await client.answers_ping()


async def test_the_first_sentence_is_heard_before_the_text_has_ended(port: Port) -> None:
    """T4."""
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="The first sentence is complete. The second")
    assert types(await client.until("audio-chunk")) == ["audio-start", "audio-chunk"]
    await client.send("synthesize-chunk", text=" one is not")
    await client.send("synthesize-stop")
    events = await client.until("synthesize-stopped")
    assert types(events).count("audio-stop") == 1
    assert port.speaker.texts == ["The first sentence is complete.", "The second one is not"]


async def test_a_whole_sentence_does_not_wait_for_the_next_one(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T4: an agent that is now busy with what it has announced."""
    monkeypatch.setattr(speech_stream, "PAUSE_S", 0.01)
    client = await port.connect()
    await client.send("synthesize-start")
    for number, text in enumerate(("Closed the front door. ", "(I'll check the windows, too!)")):
        await client.send("synthesize-chunk", text=text)
        async with asyncio.timeout(GUARD_S):
            while len(port.speaker.said) == number:  # noqa: ASYNC110 - the stand-in counts, it does not tell
                await asyncio.sleep(0.01)
    await client.send("synthesize-chunk", text=" All are shut")
    await client.send("synthesize-stop")
    events = await client.until("synthesize-stopped")
    assert types(events).count("audio-stop") == 1
    assert port.speaker.texts == ["Closed the front door.", "I'll check the windows, too!", "All are shut"]


async def test_what_may_go_on_waits_for_it(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """T4: however long the pause behind it is."""
    monkeypatch.setattr(speech_stream, "PAUSE_S", 0)
    client = await port.connect()
    await client.send("synthesize-start")
    for text in ("It is 21.", "5 °C", " says Dr. ", "Who."):
        await client.send("synthesize-chunk", text=text)
        await client.answers_ping()
    await client.send("synthesize-stop")
    await client.until("synthesize-stopped")
    assert port.speaker.texts == ["It is twenty one point five degrees Celsius says Doctor Who."]


async def test_word_by_word_is_the_same_as_all_at_once(port: Port) -> None:
    """T4: however a language model cuts its text."""
    text = "It is 21.5 °C. **Dr. Who** has two items:\n- milk, e.g. oats\n- eggs\n\nThat is all! 👍"
    at_once = await stream(await port.connect(), text)
    said = port.speaker.texts.copy()
    port.speaker.said.clear()
    by_letters = await stream(await port.connect(), *text)
    assert said == [
        "It is twenty one point five degrees Celsius.",
        "Doctor Who has two items:",
        "milk, for example oats",
        "eggs",
        "That is all!",
    ]
    assert sound(at_once) == sound(by_letters)
    assert port.speaker.texts == [], "all of it was remembered"


async def test_the_next_sentence_is_prepared_while_the_last_one_is_not_yet_taken(port: Port) -> None:
    """A client that takes its time finds the next sentence made; the one after that waits."""
    client = await port.connect()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    port.speaker.frames = 3_000
    await client.send("synthesize", text="One is long. Two is long. Three is long. Four is long.")
    async with asyncio.timeout(GUARD_S):
        while port.speaker.completed < 2:  # noqa: ASYNC110 - the stand-in counts, it does not tell
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert port.speaker.texts == ["One is long.", "Two is long."]
    await client.hang_up()


@pytest.mark.parametrize("pieces", [(), ("",), (" ", "\n"), ("...", "***")])
async def test_a_stream_with_nothing_to_say_gets_a_start_and_both_stops(
    port: Port, pieces: tuple[str, ...]
) -> None:
    """T3, T4."""
    client = await port.connect()
    events = await stream(client, *pieces)
    assert types(events) == ["audio-start", "audio-stop", "synthesize-stopped"]
    assert not port.speaker.said


async def test_a_plain_synthesize_after_a_stream_is_spoken(port: Port) -> None:
    """T5."""
    client = await port.connect()
    await stream(client, "In the stream.")
    assert loud(sound(await say(client, "After the stream.")))
    assert port.speaker.texts == ["In the stream.", "After the stream."]


async def test_a_plain_synthesize_right_behind_a_stream_is_spoken_after_it(port: Port) -> None:
    """T5: without waiting for the answer to the stream."""
    client = await port.connect()
    port.speaker.may_go_on.clear()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="In the stream.")
    await client.send("synthesize-stop")
    await client.send("synthesize", text="After the stream.")
    await port.speaker.at_work.wait()
    port.speaker.may_go_on.set()
    assert types(await client.until("synthesize-stopped")).count("audio-stop") == 1
    assert types(await client.until("audio-stop")).count("audio-start") == 1
    assert port.speaker.texts == ["In the stream.", "After the stream."]


async def test_chunks_and_stops_without_a_start_are_passed_over(port: Port) -> None:
    """T5."""
    client = await port.connect()
    await client.send("synthesize-chunk", text="Nobody asked.")
    await client.send("synthesize-stop")
    await client.send("synthesize-stop")
    await client.answers_ping()
    assert not port.speaker.said
    assert loud(sound(await stream(client, "Now it is asked for.")))


async def test_a_second_start_begins_anew(port: Port) -> None:
    """T5: and what the first one still had to say is not said."""
    port.speaker.may_go_on.clear()
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="This was a mistake. It goes on")
    await port.speaker.at_work.wait()
    await client.send("synthesize-start")
    await client.answers_ping()
    port.speaker.may_go_on.set()
    await client.send("synthesize-chunk", text="This is meant.")
    await client.send("synthesize-stop")
    events = await client.until("synthesize-stopped")
    assert types(events).count("audio-start") == types(events).count("audio-stop") == 1
    assert port.speaker.texts == ["This was a mistake.", "This is meant."]
    assert port.speaker.completed == 1


async def test_a_stream_has_the_voice_of_its_start(port: Port) -> None:
    """T2, T4."""
    client = await port.connect()
    await stream(client, "Good evening.", voice={"name": "uk-male"})
    assert port.speaker.said == [("uk-male", "Good evening.")]


async def test_ssml_may_be_cut_anywhere(port: Port) -> None:
    client = await port.connect()
    await stream(client, *'<speak>Hello <break time="1s"/>you. Bye.</speak>', text_format="ssml")
    assert port.speaker.texts == ["Hello, you.", "Bye."]


async def test_a_failure_in_a_stream_is_an_error_and_the_end(port: Port) -> None:
    """T6: neither audio-stop nor synthesize-stopped, also while the client is still sending."""
    port.speaker.error = EngineClosedError("The engine has failed.")
    port.speaker.fails_at_frame = 1
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="The first sentence fails. The second")
    events = await client.rest_of_broken_sound()
    assert types(events)[:2] == ["audio-start", "audio-chunk"]
    assert (events[-1].type, events[-1].data["code"]) == ("error", "closed")
    assert not {"audio-stop", "synthesize-stopped"} & set(types(events))


async def test_a_client_that_hangs_up_in_a_stream_stops_the_model(port: Port) -> None:
    """T7."""
    port.speaker.frames = 1_000_000
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="Endless talk. And more")
    await client.until("audio-chunk")
    await client.hang_up()
    async with asyncio.timeout(GUARD_S):
        await port.speaker.idle.wait()
    assert port.speaker.completed == 0


async def test_a_stream_that_grows_too_long_is_refused(start_port: StartPort) -> None:
    port = await start_port(speaking={"longest_text": 100})
    client = await port.connect()
    await client.send("synthesize-start")
    for _ in range(11):
        await client.send("synthesize-chunk", text="word word ")
    (event,) = await client.rest_of_broken_sound()
    assert (event.type, event.data["code"]) == ("error", "text-too-long")


async def test_a_stream_on_which_nothing_happens_is_closed_but_not_while_it_is_spoken(
    start_port: StartPort,
) -> None:
    port = await start_port(service={"idle_timeout_s": 0.3})
    port.speaker.may_go_on.clear()
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="This takes long. And then")
    await asyncio.sleep(0.7)
    port.speaker.may_go_on.set()
    events = await client.rest_of_broken_sound()
    assert loud(sound(events))
    assert (events[-1].type, events[-1].data["code"]) == ("error", "idle")
    assert "audio-stop" not in types(events)


@pytest.mark.parametrize("event_type", ["synthesize-chunk"])
@pytest.mark.parametrize("data", [{}, {"text": None}, {"text": ["a"]}])
async def test_a_chunk_that_makes_no_sense_is_an_error(
    port: Port, event_type: str, data: dict[str, object]
) -> None:
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send(event_type, **data)
    (event,) = await client.rest_of_broken_sound()
    assert (event.type, event.data["code"]) == ("error", "bad-event")
