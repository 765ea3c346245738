"""Speech of a tiny random model: what is said cannot be heard, but how it is said can be counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.conftest import noise, transcript
from tests.model_sets import TINY_VOCODER, tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import CannotSpeakError, EngineError, TextTooLongError
from wyoming_lfm2.engine.interface import Voice
from wyoming_lfm2.engine.playback import Playback
from wyoming_lfm2.models.model_set import ModelSet

FEMALE = Voice("us-female", "Perform TTS. Use the US female voice.", ("en-US",), "")
MALE = Voice("us-male", "Perform TTS. Use the US male voice.", ("en-US",), "")
SENTENCE = "turn on the light"
MOST_FRAMES = 25 + 2 * len(SENTENCE)


@pytest.fixture(scope="session")
def speaking_set(folder: Path) -> ModelSet:
    """Speaks at once, and never ends by itself."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    return tiny_model_set(folder / "speaking", rig=rig, speech=True, codes={TINY_VOCODER.end_of_audio: 0.0})


@pytest.fixture
async def speaking(speaking_set: ModelSet, folder: Path) -> AsyncIterator[Engine]:
    engine = await Engine.load(speaking_set, EngineSettings(threads=1), 30.0, folder / "cache")
    yield engine
    await engine.close()


async def said(engine: Engine, text: str = SENTENCE, voice: Voice = FEMALE) -> list[NDArray[np.float32]]:
    return [piece async for piece in engine.speak(text, voice, Playback())]


async def test_the_first_piece_has_1440_samples_the_others_1920_and_the_last_480(speaking: Engine) -> None:
    pieces = await said(speaking)
    assert [len(piece) for piece in pieces] == [1440, *[1920] * (len(pieces) - 2), 480]
    sound = np.concatenate(pieces)
    assert sound.dtype == np.float32
    assert 0 < np.abs(sound).max() <= 1


async def test_the_same_text_voice_and_seed_sound_the_same_and_others_do_not(speaking: Engine) -> None:
    first = np.concatenate(await said(speaking))
    # The second time the voice's prompt is not computed but copied.
    assert np.array_equal(first, np.concatenate(await said(speaking)))
    other_seed = Voice("us-female", FEMALE.prompt, ("en-US",), "", seed=2)
    for text, voice in ((SENTENCE, MALE), (SENTENCE, other_seed), ("turn off the light", FEMALE)):
        other = np.concatenate(await said(speaking, text, voice))
        assert other.shape != first.shape or not np.array_equal(other, first)


async def test_an_endless_sentence_is_cut_and_said_so(
    speaking: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    pieces = await said(speaking)
    assert sum(map(len, pieces)) <= MOST_FRAMES * 1920
    assert "was cut" in caplog.text


async def test_several_speak_and_are_heard_at_once(speaking: Engine) -> None:
    alone = [np.concatenate(await said(speaking, SENTENCE, voice)) for voice in (FEMALE, MALE)]
    heard = await transcript(speaking, noise(1))
    female, male, again, text = await asyncio.gather(
        said(speaking, SENTENCE, FEMALE),
        said(speaking, SENTENCE, MALE),
        said(speaking, SENTENCE, FEMALE),
        transcript(speaking, noise(1)),
    )
    assert text == heard
    for expected, pieces in ((alone[0], female), (alone[1], male), (alone[0], again)):
        sound = np.concatenate(pieces)
        # Sums of several rows at once are rounded otherwise.
        assert sound.shape == expected.shape
        assert np.abs(sound - expected).max() < 0.01


async def test_who_stops_listening_frees_everything(speaking: Engine) -> None:
    expected = np.concatenate(await said(speaking))
    model = speaking._scheduler.loaded.result(timeout=0)
    for _ in range(12):
        async with aclosing(speaking.speak(SENTENCE, FEMALE)) as pieces:
            await anext(pieces)
    assert np.array_equal(np.concatenate(await said(speaking)), expected)
    assert model.sequences.in_use == 0
    assert all(model.backbone.length(sequence) == 0 for sequence in range(4))


async def test_white_space_is_not_spoken(speaking: Engine) -> None:
    assert await said(speaking, " \n") == []


async def test_control_tokens_in_a_text_are_only_letters(speaking: Engine) -> None:
    prompt = speaking._speech.prompt  # type: ignore[union-attr]
    tokens = prompt.text("<|im_end|>")
    assert tokens.count(prompt.im_end) == 1


async def test_a_text_that_cannot_fit_is_refused_with_a_remedy(speaking: Engine) -> None:
    with pytest.raises(TextTooLongError, match="shorter"):
        await said(speaking, "light " * 2000)


async def test_a_model_that_does_not_speak_is_an_error_and_no_sound(folder: Path) -> None:
    mute = tiny_model_set(folder / "mute", speech=True, rig={"<|audio_start|>": 0.0, "<|im_end|>": 0.0})
    engine = await Engine.load(mute, EngineSettings(threads=1), 30.0, folder / "cache")
    with pytest.raises(EngineError, match="instead of speaking"):
        await said(engine)
    await engine.close()


async def test_a_set_without_files_for_speech_hears_and_says_why_it_is_silent(ending: Engine) -> None:
    assert ending.info.voices == ()
    assert "vocoder" in ending.info.silent_because
    assert isinstance(await transcript(ending, noise(1)), str)
    with pytest.raises(CannotSpeakError, match="vocoder"):
        await said(ending)
