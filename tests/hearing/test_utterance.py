from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.hearing.stand_in import LevelDetector, ScriptedTranscriber
from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
from wyoming_lfm2.config.settings import EndpointingSettings, HearingSettings
from wyoming_lfm2.engine.errors import AudioTooLongError, EngineBusyError, EngineClosedError
from wyoming_lfm2.hearing.utterance import Utterance

FORMAT = PcmFormat(16_000, 2, 1)
ENDPOINTING = EndpointingSettings(enabled=True)


def speech(seconds: float) -> bytes:
    """What the detector of these tests takes for speech."""
    rng = np.random.default_rng(1)
    return encode_s16(rng.uniform(-0.5, 0.5, int(seconds * 16_000)).astype(np.float32))


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * 16_000))


def utterance(
    engine: ScriptedTranscriber, endpointing: EndpointingSettings | None = None, **hearing: float
) -> Utterance:
    return Utterance(engine, HearingSettings(**hearing), endpointing, make_detector=LevelDetector)


async def say(heard: Utterance, pcm: bytes, chunk: int = 320) -> None:
    for at in range(0, len(pcm), chunk):
        await heard.feed(pcm[at : at + chunk], FORMAT)


async def text_of(heard: Utterance) -> str:
    return "".join([fragment async for fragment in heard.fragments()])


async def settle(condition: str, check: object) -> None:
    """Wait for something that happens in other tasks and threads."""
    for _ in range(2_000):
        if check():  # type: ignore[operator]
            return
        await asyncio.sleep(0.005)
    pytest.fail(f"it never came to pass that {condition}")


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("wyoming-lfm2")] == []


async def test_speech_becomes_text() -> None:
    engine = ScriptedTranscriber([["Turn", " on", " the light."]])
    heard = utterance(engine)
    await say(heard, silence(0.5) + speech(1.0) + silence(0.2))
    await heard.finish()
    assert [fragment async for fragment in heard.fragments()] == ["Turn", " on", " the light."]
    (piece,) = heard.pieces
    assert piece.text == "Turn on the light."
    assert piece.start_s == pytest.approx(0.5 - 0.3, abs=0.04)
    assert piece.end_s == pytest.approx(1.7, abs=0.04)
    assert len(engine.requests[0]) == round((piece.end_s - piece.start_s) * 16_000)
    await heard.cancel()


@pytest.mark.parametrize("chunk", [1, 319, 4_096, 10_000_000])
async def test_the_transcript_does_not_depend_on_how_the_audio_is_cut(chunk: int) -> None:
    engine = ScriptedTranscriber(lambda samples: [f"{len(samples)} samples"])
    heard = utterance(engine)
    await say(heard, silence(0.1) + speech(0.4) + silence(0.1), chunk)
    await heard.finish()
    assert await text_of(heard) == f"{int(0.6 * 16_000)} samples"
    await heard.cancel()


@pytest.mark.parametrize(
    "pcm", [b"", b"\0", silence(3.0), speech(0.05), silence(1) + speech(0.1) + silence(1)]
)
async def test_silence_and_clicks_never_reach_the_engine(pcm: bytes) -> None:
    engine = ScriptedTranscriber()
    heard = utterance(engine)
    await say(heard, pcm)
    await heard.finish()
    assert await text_of(heard) == ""
    assert heard.pieces == ()
    assert engine.requests == []
    await heard.cancel()


async def test_no_audio_at_all_is_an_empty_transcript() -> None:
    heard = utterance(ScriptedTranscriber())
    await heard.finish()
    assert await text_of(heard) == ""
    await heard.cancel()


async def test_audio_too_short_for_the_encoder_is_an_empty_transcript() -> None:
    engine = ScriptedTranscriber([["never"]])
    heard = utterance(engine, minimum_speech_s=0.0)
    await heard.feed(speech(0.08), FORMAT)
    await heard.finish()
    assert await text_of(heard) == ""
    assert engine.requests == []
    await heard.cancel()


async def test_a_pause_is_transcribed_ahead_and_its_text_is_used_when_the_audio_ends() -> None:
    engine = ScriptedTranscriber([["Stop."]])
    heard = utterance(engine)
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the draft is written", lambda: engine.finished == 1)
    assert heard.pieces == ()
    await heard.finish()
    assert await text_of(heard) == "Stop."
    assert len(engine.requests) == 1
    await heard.cancel()


async def test_nothing_of_a_draft_is_said_while_speech_may_go_on() -> None:
    engine = ScriptedTranscriber([["Turn on."], ["Turn on the light."]])
    heard = utterance(engine)
    fragments: list[str] = []

    async def read() -> None:
        fragments.extend([fragment async for fragment in heard.fragments()])

    reading = asyncio.create_task(read())
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the draft is written", lambda: engine.finished == 1)
    assert fragments == []
    await say(heard, speech(0.5))
    await heard.finish()
    await reading
    assert fragments == ["Turn on the light."]
    await heard.cancel()


async def test_a_draft_is_closed_when_speech_goes_on() -> None:
    engine = ScriptedTranscriber([["Turn on."], ["Turn on the light."]])
    engine.may_write.clear()
    heard = utterance(engine)
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the draft has begun", lambda: engine.open == 1)
    await say(heard, speech(0.5))
    await settle("the draft is closed", lambda: engine.closed_early == 1)
    engine.may_write.set()
    await heard.finish()
    assert await text_of(heard) == "Turn on the light."
    assert (engine.open, engine.finished, engine.closed_early) == (0, 1, 1)
    await heard.cancel()


async def test_an_engine_too_busy_for_a_draft_is_asked_again_for_the_piece() -> None:
    engine = ScriptedTranscriber([EngineBusyError("busy"), ["Stop."]])
    heard = utterance(engine)
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the draft was refused", lambda: len(engine.requests) == 1)
    await heard.finish()
    assert await text_of(heard) == "Stop."
    await heard.cancel()


async def test_with_endpointing_the_utterance_ends_by_itself() -> None:
    engine = ScriptedTranscriber([["Stop."]])
    heard = utterance(engine, ENDPOINTING)
    await say(heard, speech(0.5) + silence(0.5))
    assert not heard.ended
    await say(heard, silence(0.4))
    await heard.wait_ended()
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


async def test_long_audio_gives_its_first_words_while_it_still_comes() -> None:
    numbers = iter(range(1, 100))
    engine = ScriptedTranscriber(lambda samples: [f" piece {next(numbers)} "], longest_piece_s=2.0)
    heard = utterance(engine)
    fragments = heard.fragments()
    await say(heard, (speech(1.5) + silence(0.2)) * 4, 3_200)
    assert await anext(fragments) == "piece 1"
    await heard.finish()
    rest = [fragment async for fragment in fragments]
    texts = [piece.text for piece in heard.pieces]
    assert "piece 1" + "".join(rest) == " ".join(texts)
    assert len(texts) >= 3
    await heard.cancel()


async def test_pieces_of_long_audio_hold_all_of_it() -> None:
    engine = ScriptedTranscriber(lambda samples: ["x"], longest_piece_s=1.0)
    heard = utterance(engine)
    pcm = speech(10.0)
    await heard.feed(pcm, FORMAT)
    await heard.finish()
    assert await text_of(heard) == " ".join("x" * len(engine.requests))
    assert encode_s16(np.concatenate(engine.requests)) == pcm
    await heard.cancel()


async def test_the_setting_for_the_longest_piece_counts_too() -> None:
    engine = ScriptedTranscriber(lambda samples: ["x"], longest_piece_s=30.0)
    heard = utterance(engine, longest_piece_s=2.0)
    await heard.feed(speech(5.0), FORMAT)
    await heard.finish()
    await text_of(heard)
    assert max(map(len, engine.requests)) <= 2 * 16_000
    await heard.cancel()


async def test_five_minutes_in_one_chunk_do_not_stall_the_others() -> None:
    engine = ScriptedTranscriber(lambda samples: ["x"])
    heard = utterance(engine)
    turns = 0

    async def another() -> None:
        nonlocal turns
        while not heard.ended:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(another())
    await heard.feed((speech(4.0) + silence(1.0)) * 60, FORMAT)
    await heard.finish()
    await beside
    assert turns > 300
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


async def test_a_format_may_change_amid_the_audio() -> None:
    engine = ScriptedTranscriber(lambda samples: [str(len(samples))])
    heard = utterance(engine)
    await heard.feed(speech(1.0), FORMAT)
    stereo = np.frombuffer(speech(1.5), "<i2").repeat(2).tobytes()
    await heard.feed(stereo, PcmFormat(24_000, 2, 2))
    await heard.finish()
    assert int(await text_of(heard)) == 2 * 16_000
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
    await heard.wait_ended()


async def test_cancel_frees_a_client_that_waits_to_send() -> None:
    heard = utterance(ScriptedTranscriber(lambda samples: ["x"]))
    sending = asyncio.create_task(heard.feed(speech(290.0), FORMAT))
    await asyncio.sleep(0)
    assert not sending.done()
    await heard.cancel()
    await asyncio.wait_for(sending, 30)


async def test_a_reader_who_comes_late_gets_the_whole_transcript() -> None:
    heard = utterance(ScriptedTranscriber([["All", " of it."]]))
    await heard.feed(speech(1.0), FORMAT)
    await heard.finish()
    assert await text_of(heard) == "All of it."
    assert await text_of(heard) == "All of it."
    await heard.cancel()
