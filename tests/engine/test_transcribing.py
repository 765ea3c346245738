from __future__ import annotations

import numpy as np
import pytest

from tests.engine.conftest import noise, transcript
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import (
    AudioTooLongError,
    AudioTooShortError,
    EngineClosedError,
    EngineError,
)
from wyoming_lfm2.models.model_set import ModelSet


async def test_the_same_audio_gives_the_same_transcript(ending: Engine) -> None:
    first = [await transcript(ending, noise(2, seed)) for seed in range(6)]
    again = [await transcript(ending, noise(2, seed)) for seed in range(6)]
    assert first == again
    assert len(set(first)) > 1


async def test_a_transcript_ends_where_the_model_ends_it(ending: Engine, endless: Engine) -> None:
    ended = [await transcript(ending, noise(2, seed)) for seed in range(6)]
    cut = [await transcript(endless, noise(2, seed)) for seed in range(6)]
    assert all(len(text) < len(more) for text, more in zip(ended, cut, strict=True))
    assert not any(token in text for text in ended for token in ("<|im_end|>", "<|im_start|>"))


async def test_a_runaway_transcript_stops_at_the_tokens_allowed_for_its_length(
    endless_set: ModelSet,
) -> None:
    texts = []
    for tokens_per_second in (10, 20):
        settings = EngineSettings(threads=1, tokens_per_second=tokens_per_second)
        engine = await Engine.load(endless_set, settings, 30.0)
        fragments = [fragment async for fragment in engine.transcribe(noise(4))]
        # A token may be silent (half a character), but none gives two fragments.
        assert 0 < len(fragments) <= 4 * tokens_per_second
        texts.append("".join(fragments))
        await engine.close()
    assert texts[1].startswith(texts[0])
    assert len(texts[1]) > len(texts[0])


async def test_silence_and_values_that_are_no_audio_do_not_end_the_process(ending: Engine) -> None:
    for samples in (
        np.zeros(SAMPLE_RATE, np.float32),
        np.full(SAMPLE_RATE, np.nan, np.float32),
        np.full(SAMPLE_RATE, np.inf, np.float32),
        np.full(SAMPLE_RATE, -1e30, np.float32),
        np.ones(SAMPLE_RATE, np.float32),
    ):
        assert isinstance(await transcript(ending, samples), str)


async def test_values_that_are_not_numbers_are_heard_as_silence(ending: Engine) -> None:
    samples = noise(1)
    broken = samples.copy()
    samples[100:200] = 0
    broken[100:200] = np.nan
    assert await transcript(ending, broken) == await transcript(ending, samples)


async def test_the_callers_samples_are_left_as_they_are(ending: Engine) -> None:
    samples = 20 * noise(1)
    before = samples.copy()
    await transcript(ending, samples)
    assert np.array_equal(samples, before)


async def test_the_shortest_piece_is_transcribed_and_a_shorter_one_refused(ending: Engine) -> None:
    assert isinstance(await transcript(ending, noise(1280 / SAMPLE_RATE)), str)
    for count in (0, 1, 1279):
        with pytest.raises(AudioTooShortError):
            await transcript(ending, np.zeros(count, np.float32))


async def test_the_longest_piece_is_transcribed_and_a_longer_one_refused(ending_set: ModelSet) -> None:
    engine = await Engine.load(ending_set, EngineSettings(threads=1), 4.0)
    assert engine.info.longest_piece_s == 4.0
    assert isinstance(await transcript(engine, noise(4)), str)
    with pytest.raises(AudioTooLongError):
        await transcript(engine, np.zeros(4 * SAMPLE_RATE + 1, np.float32))
    await engine.close()


async def test_the_encoders_position_table_limits_a_piece_whatever_the_setting(
    ending_set: ModelSet,
) -> None:
    engine = await Engine.load(ending_set, EngineSettings(threads=1), 120.0)
    longest = round(engine.info.longest_piece_s * SAMPLE_RATE)
    assert 30 < engine.info.longest_piece_s < 40
    assert isinstance(await transcript(engine, np.zeros(longest, np.float32)), str)
    with pytest.raises(AudioTooLongError):
        await transcript(engine, np.zeros(longest + 1, np.float32))
    await engine.close()


async def test_two_channels_are_refused(ending: Engine) -> None:
    with pytest.raises(EngineError, match="one channel"):
        await transcript(ending, np.zeros((2, SAMPLE_RATE), np.float32))


async def test_a_request_that_cannot_fit_the_context_is_refused_and_others_go_on(
    ending_set: ModelSet,
) -> None:
    engine = await Engine.load(ending_set, EngineSettings(threads=1, context=256), 30.0)
    with pytest.raises(AudioTooLongError):
        await transcript(engine, noise(29))
    assert isinstance(await transcript(engine, noise(2)), str)
    await engine.close()


async def test_what_the_engine_says_of_its_model_is_the_sets_own(
    ending: Engine, ending_set: ModelSet
) -> None:
    assert ending.info.name == ending_set.model.name
    assert ending.info.languages == ending_set.model.languages
    assert ending.info.version == ending_set.model.version
    assert (ending.info.maker, ending.info.maker_url) == (
        "A random number generator",
        "https://example.org/tiny",
    )


async def test_a_closed_engine_refuses_and_may_be_closed_again(ending: Engine) -> None:
    await ending.close()
    with pytest.raises(EngineClosedError):
        await transcript(ending, noise(1))
    await ending.close()
