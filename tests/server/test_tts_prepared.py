"""Speech made before it is asked for: what was just answered, in the voice that will be wanted, and not for long."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.requests_in_words import ask, loud, say, sound
from tests.server.speaker_stand_in import StandInSpeaker
from tests.server.stand_ins import GUARD_S
from wyoming_lfm2.engine.errors import EngineBusyError, GaveWayError
from wyoming_lfm2.tts import prefetch

ANSWER = "The light is on. Sleep well."
SENTENCES = ["The light is on.", "Sleep well."]


async def made(speaker: StandInSpeaker, sentences: int) -> None:
    """Return when so many sentences have been begun and nothing more is made."""
    async with asyncio.timeout(GUARD_S):
        while len(speaker.said) < sentences or speaker.running:  # noqa: ASYNC110 - it is at work again and again
            await asyncio.sleep(0)


async def told(port: Port) -> None:
    await ask(await port.connect(), "Is the light on?")


async def test_an_answer_is_spoken_before_anybody_asks_and_served_to_whoever_does(port: Port) -> None:
    expected = sound(await say(await port.connect(), ANSWER))
    fresh = await port.connect()
    port.speaker.said.clear()
    port.converser.fragments = ["Good night. ", "The door is shut."]
    await told(port)
    await made(port.speaker, 2)
    assert port.speaker.texts == ["Good night.", "The door is shut."]
    assert all(playback is not None and not playback.awaited for playback in port.speaker.playbacks[-2:])
    assert loud(sound(await say(fresh, "Good night. The door is shut.")))
    assert len(port.speaker.said) == 2
    # And it is remembered as anything that was ever said.
    assert sound(await say(fresh, ANSWER)) == expected
    assert loud(sound(await say(fresh, "The door is shut.")))
    assert len(port.speaker.said) == 2


async def test_prepared_speech_sounds_like_any_other(start_port: StartPort) -> None:
    plain, ahead = await start_port(), await start_port()
    await told(ahead)
    await made(ahead.speaker, 2)
    assert sound(await say(await ahead.connect(), ANSWER)) == sound(await say(await plain.connect(), ANSWER))
    assert ahead.speaker.texts == SENTENCES


async def test_whoever_asks_while_it_is_made_joins(port: Port) -> None:
    port.speaker.holds_at_frame = 1
    port.speaker.may_go_on.clear()
    await told(port)
    client = await port.connect()
    await client.send("synthesize", text=ANSWER)
    await client.until("audio-chunk")
    assert port.speaker.texts == SENTENCES[:1]
    playback = port.speaker.playbacks[0]
    assert playback is not None and playback.awaited
    port.speaker.may_go_on.set()
    assert loud(sound(await client.until("audio-stop")))
    assert port.speaker.texts == SENTENCES


async def test_a_stream_of_text_is_served_from_it_too(port: Port) -> None:
    await told(port)
    await made(port.speaker, 2)
    client = await port.connect()
    await client.send("synthesize-start")
    for piece in ("The li", "ght is on. Sl", "eep well."):
        await client.send("synthesize-chunk", text=piece)
    await client.send("synthesize-stop")
    assert loud(sound(await client.until("synthesize-stopped")))
    assert port.speaker.texts == SENTENCES


async def test_it_is_made_in_the_voice_that_was_last_asked_for_and_no_other_is_served(port: Port) -> None:
    await say(await port.connect(), "Hello.", voice={"name": "uk-male"})
    await told(port)
    await made(port.speaker, 3)
    assert port.speaker.said[1:] == [("uk-male", sentence) for sentence in SENTENCES]
    await say(await port.connect(), ANSWER, voice={"name": "us-female"})
    assert port.speaker.said[3:] == [("us-female", sentence) for sentence in SENTENCES]


@pytest.mark.parametrize("frame", [0, 2])
async def test_what_gave_way_is_made_anew_for_whoever_asks(port: Port, frame: int) -> None:
    port.speaker.error, port.speaker.fails_at_frame = GaveWayError("The model is needed."), frame
    await told(port)
    await made(port.speaker, 1)
    await asyncio.sleep(0.01)
    assert port.speaker.texts == SENTENCES[:1], "nothing more is begun"
    port.speaker.error = None
    assert loud(sound(await say(await port.connect(), ANSWER)))
    assert port.speaker.texts == [SENTENCES[0], *SENTENCES]


async def test_who_joins_in_the_moment_in_which_it_gives_way_hears_all_of_it(start_port: StartPort) -> None:
    text = "Dinner is ready, the door is shut and all is well."
    plain, port = await start_port(), await start_port()
    expected = sound(await say(await plain.connect(), text))
    port.converser.fragments = [text]
    port.speaker.holds_at_frame = port.speaker.fails_at_frame = 2
    port.speaker.may_go_on.clear()
    port.speaker.error = GaveWayError("The model is needed.")
    await told(port)
    client = await port.connect()
    await client.send("synthesize", text=text)
    before = await client.until("audio-chunk")
    port.speaker.may_go_on.set()
    async with asyncio.timeout(GUARD_S):
        while len(port.speaker.said) == 1:  # noqa: ASYNC110 - it is at work again at once
            await asyncio.sleep(0)
    port.speaker.error = None
    assert sound(before) + sound(await client.until("audio-stop")) == expected


async def test_a_new_answer_takes_the_place_of_the_one_before(port: Port) -> None:
    port.speaker.holds_at_frame = 1
    port.speaker.may_go_on.clear()
    await told(port)
    async with asyncio.timeout(GUARD_S):
        await port.speaker.at_work.wait()
    port.converser.fragments = ["Good night."]
    await told(port)
    port.speaker.may_go_on.set()
    await made(port.speaker, 2)
    assert port.speaker.texts == ["The light is on.", "Good night."]
    assert port.speaker.completed == 1


async def test_it_can_be_switched_off(start_port: StartPort) -> None:
    port = await start_port(speaking={"prepare": False})
    await told(port)
    await asyncio.sleep(0.05)
    assert not port.speaker.said
    assert loud(sound(await say(await port.connect(), ANSWER)))


async def test_a_model_that_cannot_speak_prepares_nothing(start_port: StartPort) -> None:
    speaker = StandInSpeaker()
    speaker.voices = ()
    port = await start_port(speaker=speaker)
    await told(port)
    await asyncio.sleep(0.05)
    assert not speaker.said


async def test_what_nobody_asks_for_is_forgotten(
    start_port: StartPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefetch, "KEPT_S", 0.2)
    port = await start_port()
    await told(port)
    await made(port.speaker, 2)
    await asyncio.sleep(0.3)
    await say(await port.connect(), ANSWER)
    assert port.speaker.texts == SENTENCES * 2


async def test_where_nobody_wants_to_hear_answers_none_are_made_until_somebody_does(port: Port) -> None:
    for number in range(6):
        port.converser.fragments = [f"This is answer {number}."]
        await told(port)
        await made(port.speaker, min(number + 1, 3))
    assert len(port.speaker.said) == 3
    await say(await port.connect(), "Hello.")
    port.converser.fragments = ["Good night."]
    await told(port)
    await made(port.speaker, 5)
    assert port.speaker.texts[3:] == ["Hello.", "Good night."]


async def test_of_a_long_answer_only_the_beginning_is_made_for_nobody(port: Port) -> None:
    port.converser.fragments = [f"This is sentence number {n} of a very long answer. " for n in range(200)]
    await told(port)
    async with asyncio.timeout(GUARD_S):
        await port.speaker.at_work.wait()
        await port.speaker.idle.wait()
    seconds = port.speaker.made * 0.08
    assert 0 < seconds < prefetch.AHEAD_S + 5


async def test_a_model_that_is_too_busy_to_prepare_does_no_harm(port: Port) -> None:
    port.speaker.error = EngineBusyError("too many requests")
    await told(port)
    await made(port.speaker, 1)
    port.speaker.error = None
    assert loud(sound(await say(await port.connect(), ANSWER)))
