"""A context that has no room for what the model could do: said at start, and not offered."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import conversing
from tests.model_sets import tiny_model_set
from wyoming_lfm2.engine.api import SAMPLE_RATE, Voice
from wyoming_lfm2.engine.errors import AudioTooLongError, CannotSpeakError
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.models.voices import NANO

SENTENCE = "is the window open now"


@pytest.fixture(scope="module")
def speaking_set(folder: Path) -> ModelSet:
    """Its voice is guided, as nano's are, which takes two rows for each audio frame."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    small = tiny_model_set(folder / "small", rig=rig, speech=True)
    return replace(small, model=replace(small.model, voices=NANO))


async def test_voices_are_not_offered_where_no_sentence_fits_and_the_reason_says_what_would_do(
    speaking_set: ModelSet, folder: Path
) -> None:
    engine = await conversing(speaking_set, cache=folder / "cache", context=256)
    assert engine.info.voices == ()
    reason = engine.info.tts_unavailable_reason
    with pytest.raises(CannotSpeakError, match=r"set engine\.context to"):
        await anext(engine.speak(SENTENCE, Voice("any", "Perform TTS.", ("en",), "")))
    await engine.close()

    found = re.search(r"set engine\.context to (\d+) at least", reason)
    assert found is not None, reason
    assert int(found[1]) > 256
    larger = await conversing(speaking_set, cache=folder / "cache", context=int(found[1]))
    pieces = [piece async for piece in larger.speak(SENTENCE, larger.info.voices[0])]
    assert len(np.concatenate(pieces))
    await larger.close()


async def test_the_context_that_the_warning_asks_for_is_warned_of_no_more(
    speaking_set: ModelSet, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    engine = await conversing(speaking_set, cache=folder / "cache", context=768)
    await engine.close()
    wanted = [int(found) for found in re.findall(r"set engine\.context to (\d+) at least", caplog.text)]
    assert wanted
    caplog.clear()
    engine = await conversing(speaking_set, cache=folder / "cache", context=max(wanted))
    assert not caplog.records
    assert engine.info.longest_piece_s == 30
    await engine.close()


async def test_audio_is_cut_into_pieces_that_fit(
    endless_set: ModelSet, caplog: pytest.LogCaptureFixture
) -> None:
    engine = await conversing(endless_set, context=256)
    longest_s = engine.info.longest_piece_s
    assert 1 <= longest_s < 30
    assert f"cut into pieces of {longest_s:.0f} s" in caplog.text
    assert await transcript(engine, noise(longest_s)[: int(longest_s * SAMPLE_RATE)])
    with pytest.raises(AudioTooLongError):
        await transcript(engine, noise(longest_s + 1))
    await engine.close()
