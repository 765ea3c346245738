"""Guidance: a second sequence that is not told the text, from which the codes are led away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.model_sets import TINY_VOCODER, tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import TextTooLongError
from wyoming_lfm2.engine.model.depthformer import guided
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.models.catalog import CATALOG
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.models.voices import NANO

PLAIN = Voice("us-female", "Perform TTS. Use the US female voice.", ("en-US",), "", temperature=0.0)
GUIDED = replace(PLAIN, guidance=3.0)
SENTENCE = "turn on the light"


def row(*logits: float) -> NDArray[np.float32]:
    return np.array(logits, np.float32)


def test_a_code_that_would_come_without_the_text_as_well_gives_way_to_one_that_needs_it() -> None:
    conditioned, unconditioned = row(2.0, 1.5, 0.0), row(2.0, 0.0, 0.0)
    assert np.argmax(conditioned) == 0
    assert np.argmax(guided(conditioned, unconditioned, 2.0)) == 1
    assert np.array_equal(conditioned, row(2.0, 1.5, 0.0))


def test_a_scale_of_one_changes_nothing_among_what_is_plausible() -> None:
    assert np.array_equal(guided(row(2.0, 1.0, -1.0), row(0.0, 5.0, 3.0), 1.0), row(2.0, 1.0, -1.0))


def test_what_the_text_makes_implausible_does_not_come_however_much_less_it_would_come_without() -> None:
    leads = guided(row(5.0, 0.5), row(5.0, -90.0), 3.0)
    assert leads[1] == -np.inf


def test_nanos_voices_come_with_guidance_and_the_official_ones_with_none() -> None:
    assert all(voice.guidance > 1 for voice in NANO)
    assert all(voice.guidance == 1 for entry in CATALOG.values() for voice in entry.model.voices)


@pytest.fixture(scope="session")
def speaking_set(folder: Path) -> ModelSet:
    """Speaks at once, and never ends by itself."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    return tiny_model_set(folder / "guided", rig=rig, speech=True, codes={TINY_VOCODER.end_of_audio: 0.0})


@pytest.fixture
async def engine(speaking_set: ModelSet, folder: Path) -> AsyncIterator[Engine]:
    engine = await Engine.load(
        speaking_set, EngineSettings(threads=1, sequences=20, context=8192), 30.0, folder / "cache"
    )
    yield engine
    await engine.close()


async def said(engine: Engine, voice: Voice, text: str = SENTENCE) -> NDArray[np.float32]:
    return np.concatenate([piece async for piece in engine.speak(text, voice)])


async def test_led_away_from_the_very_same_text_it_says_what_it_says_without_guidance(engine: Engine) -> None:
    plain = await said(engine, PLAIN)
    work = engine._spoken(SENTENCE, GUIDED, None)
    assert work is not None
    async with aclosing(stream_outputs(engine._scheduler, replace(work, unconditioned=work.text))) as pieces:
        assert np.array_equal(np.concatenate([piece async for piece in pieces]), plain)


async def test_guidance_changes_what_is_said_and_leaves_nothing_in_memory(engine: Engine) -> None:
    plain, led = await said(engine, PLAIN), await said(engine, GUIDED)
    assert not np.array_equal(plain, led)
    assert np.array_equal(await said(engine, PLAIN), plain)
    model = engine._scheduler.loaded.result(timeout=0)
    pool = model.sequences
    assert pool.in_use == 0
    held = [place for place in range(pool.places(20)) if model.backbone.length(place)]
    # The prompt of hearing, and that of the voice.
    assert len(held) == 2


async def test_more_guided_sentences_at_once_than_a_step_has_rows_are_all_said_as_alone(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is.
    monkeypatch.setattr(engine._scheduler._waiting.pace, "has_room", lambda _: True)
    plain, led = await said(engine, PLAIN), await said(engine, GUIDED)
    voices = [GUIDED, PLAIN] + [GUIDED] * 16
    together = await asyncio.gather(*(said(engine, voice) for voice in voices))
    for voice, sound in zip(voices, together, strict=True):
        assert np.array_equal(sound[:5000], (led if voice is GUIDED else plain)[:5000])


async def test_the_second_sequence_counts_as_context_that_a_sentence_needs(
    speaking_set: ModelSet, folder: Path
) -> None:
    engine = await Engine.load(speaking_set, EngineSettings(threads=1, context=256), 10.0, folder / "cache")
    try:
        await said(engine, PLAIN, SENTENCE * 2)
        with pytest.raises(TextTooLongError):
            await said(engine, GUIDED, SENTENCE * 2)
    finally:
        await engine.close()
