from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.asr.saying import ENDPOINTING, FORMAT, say, settle, silence, speech, text_of, utterance
from tests.asr.stand_in import ScriptedTranscriber
from wyoming_lfm2.asr.stream import AsrStream
from wyoming_lfm2.audio.files import read_pcm
from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
from wyoming_lfm2.config.settings import EndpointingSettings, HearingSettings
from wyoming_lfm2.engine.errors import EngineBusyError

DATA = Path(__file__).parents[1] / "data"

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_speech_becomes_text() -> None:
    engine = ScriptedTranscriber([["Turn", " on", " the light."]])
    heard = utterance(engine, speculate_after_s=1.0)  # so that the margin is whole
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


async def test_a_pause_that_comes_while_the_last_draft_is_leaving_is_drafted_after_it() -> None:
    engine = ScriptedTranscriber([["Turn on."], ["Turn on the light."]])
    engine.may_write.clear()
    engine.may_leave.clear()
    heard = utterance(engine)
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the draft has begun", lambda: engine.open == 1)
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the second pause is heard", lambda: heard.heard_s > 1.95)
    await asyncio.sleep(0.05)
    engine.may_write.set()
    await asyncio.sleep(0.05)
    engine.may_leave.set()
    await settle("the second pause is drafted", lambda: engine.finished == 1)
    assert engine.closed_early == 1
    await heard.finish()
    assert await text_of(heard) == "Turn on the light."
    assert len(engine.requests) == 2
    await heard.cancel()


async def test_with_speculation_off_nothing_is_transcribed_in_a_pause() -> None:
    for speculate_after_s, requests in ((0.1, 2), (None, 1)):
        engine = ScriptedTranscriber(lambda samples: ["Both."])
        heard = utterance(engine, speculate_after_s=speculate_after_s)
        await say(heard, speech(0.5) + silence(1.0))
        await settle("the pause is drafted", lambda e=engine, r=requests: len(e.requests) == r - 1)
        await say(heard, speech(0.5))
        await heard.finish()
        assert await text_of(heard) == "Both."
        assert len(engine.requests) == requests
        await heard.cancel()


async def test_an_engine_too_busy_for_a_draft_is_asked_again_for_the_piece() -> None:
    engine = ScriptedTranscriber([EngineBusyError("busy"), ["Stop."]])
    heard = utterance(engine)
    await say(heard, speech(0.5) + silence(0.5))
    await settle("the draft was refused", lambda: len(engine.requests) == 1)
    await heard.finish()
    assert await text_of(heard) == "Stop."
    await heard.cancel()


async def test_long_audio_gives_its_first_words_while_it_still_comes() -> None:
    numbers = iter(range(1, 100))
    engine = ScriptedTranscriber(lambda samples: [f" piece {next(numbers)} "], longest_piece_s=2.0)
    heard = utterance(engine, speculate_after_s=0.5)  # no drafts, which would count too
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


async def test_a_format_may_change_amid_the_audio() -> None:
    engine = ScriptedTranscriber(lambda samples: [str(len(samples))])
    heard = utterance(engine)
    await heard.feed(speech(1.0), FORMAT)
    stereo = np.frombuffer(speech(1.5), "<i2").repeat(2).tobytes()
    await heard.feed(stereo, PcmFormat(24_000, 2, 2))
    await heard.finish()
    assert int(await text_of(heard)) == 2 * 16_000
    await heard.cancel()


async def test_a_reader_who_comes_late_gets_the_whole_transcript() -> None:
    heard = utterance(ScriptedTranscriber([["All", " of it."]]))
    await heard.feed(speech(1.0), FORMAT)
    await heard.finish()
    assert await text_of(heard) == "All of it."
    assert await text_of(heard) == "All of it."
    await heard.cancel()


@pytest.mark.parametrize("endpointing", [None, ENDPOINTING], ids=["client ends", "server ends"])
async def test_a_recording_goes_to_the_engine_as_one_piece(endpointing: EndpointingSettings | None) -> None:
    """With the real detector."""
    engine = ScriptedTranscriber(lambda samples: ["Go forward 10 meters."])
    heard = AsrStream(engine, HearingSettings(), endpointing)
    for pcm in read_pcm(DATA / "go_forward_10_meters.wav"):
        await say(heard, pcm, 320)
    await say(heard, silence(1.0))
    if endpointing is None:
        await heard.finish()
    assert await text_of(heard) == "Go forward 10 meters."
    (piece,) = heard.pieces
    assert (piece.start_s, piece.end_s) == pytest.approx((0.22, 2.56), abs=0.1)
    await heard.cancel()
