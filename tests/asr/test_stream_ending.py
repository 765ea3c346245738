from __future__ import annotations

import asyncio

import pytest

from tests.asr.saying import ENDPOINTING, FORMAT, say, settle, silence, speech, text_of, utterance
from tests.asr.stand_in import ScriptedTranscriber
from wyoming_lfm2.config.settings import EndpointingSettings
from wyoming_lfm2.engine.errors import AudioTooLongError, EngineBusyError, EngineClosedError

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_with_endpointing_the_utterance_ends_by_itself() -> None:
    engine = ScriptedTranscriber([["Stop."]])
    heard = utterance(engine, ENDPOINTING)
    await say(heard, speech(0.5) + silence(0.5))
    assert not heard.ended
    await say(heard, silence(0.4))
    await settle("the end is heard", lambda: heard.ended)
    assert await text_of(heard) == "Stop."
    await say(heard, speech(1.0))
    await heard.finish()
    assert await text_of(heard) == "Stop."
    assert len(engine.requests) == 1
    await heard.cancel()


async def test_with_endpointing_silence_ends_too() -> None:
    engine = ScriptedTranscriber()
    heard = utterance(engine, EndpointingSettings(enabled=True, no_speech_s=1.0))
    await say(heard, silence(1.1))
    assert await text_of(heard) == ""
    assert heard.ended
    assert engine.requests == []
    await heard.cancel()


async def test_endpointing_that_is_not_enabled_leaves_the_end_to_the_client() -> None:
    engine = ScriptedTranscriber([["One."]])
    heard = utterance(engine, EndpointingSettings(enabled=False))
    await say(heard, speech(0.5) + silence(1.5))
    await settle("the draft is written", lambda: engine.finished == 1)
    assert not heard.ended
    await heard.cancel()


async def test_minutes_in_one_chunk_do_not_stall_the_others() -> None:
    engine = ScriptedTranscriber(lambda samples: ["x"])
    heard = utterance(engine)
    turns = 0

    async def another() -> None:
        nonlocal turns
        while not heard.ended:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(another())
    await heard.feed((speech(4.0) + silence(1.0)) * 24, FORMAT)
    await heard.finish()
    await beside
    assert turns > 100
    await text_of(heard)
    assert engine.open == 0
    await heard.cancel()


async def test_more_audio_than_a_request_may_have_is_an_error() -> None:
    engine = ScriptedTranscriber([["never said"]])
    heard = utterance(engine, longest_request_s=2.0)
    await heard.feed(speech(2.0), FORMAT)
    with pytest.raises(AudioTooLongError, match="2 seconds"):
        await heard.feed(speech(0.01), FORMAT)
    with pytest.raises(AudioTooLongError):
        await text_of(heard)
    assert heard.ended
    await heard.feed(speech(1.0), FORMAT)
    await heard.cancel()
    assert engine.open == 0


async def test_silence_does_not_fill_the_memory() -> None:
    heard = utterance(ScriptedTranscriber())
    await heard.feed(silence(60), FORMAT)
    listener = heard._listener
    assert listener.held_samples < 6 * 16_000
    await heard.cancel()


async def test_an_engine_error_is_raised_by_the_fragments_and_ends_the_request() -> None:
    engine = ScriptedTranscriber([EngineClosedError("shutting down")])
    heard = utterance(engine)
    await heard.feed(speech(1.0), FORMAT)
    await heard.finish()
    with pytest.raises(EngineClosedError, match="shutting down"):
        await text_of(heard)
    await heard.feed(speech(1.0), FORMAT)
    await heard.cancel()


async def test_an_error_amid_the_audio_ends_the_listening_at_once() -> None:
    engine = ScriptedTranscriber(lambda samples: EngineBusyError("full"), longest_piece_s=1.0)
    heard = utterance(engine)
    await heard.feed(speech(3.0), FORMAT)
    with pytest.raises(EngineBusyError):
        await text_of(heard)
    assert heard.ended
    await heard.feed(speech(30.0), FORMAT)
    assert len(engine.requests) == 1
    await heard.cancel()


@pytest.mark.parametrize(
    "moment", ["before audio", "in speech", "in a pause", "after the end", "in the text"]
)
async def test_cancel_leaves_no_work_behind_at_any_moment(moment: str) -> None:
    engine = ScriptedTranscriber(lambda samples: ["some", " text"])
    engine.may_write.clear()
    heard = utterance(engine)
    reading = asyncio.create_task(text_of(heard))
    if moment != "before audio":
        await say(heard, speech(0.5))
    if moment == "in a pause":
        await say(heard, silence(0.5))
        await settle("the draft has begun", lambda: engine.open == 1)
    if moment in ("after the end", "in the text"):
        await heard.finish()
    if moment == "in the text":
        await settle("the piece is asked for", lambda: engine.open == 1)
    await heard.cancel()
    await heard.cancel()
    assert engine.open == 0
    assert await reading == ""
    assert heard.ended


async def test_cancel_frees_a_client_that_waits_to_send() -> None:
    heard = utterance(ScriptedTranscriber(lambda samples: ["x"]))
    sending = asyncio.create_task(heard.feed(speech(290.0), FORMAT))
    await asyncio.sleep(0)
    assert not sending.done()
    await heard.cancel()
    await asyncio.wait_for(sending, 30)
