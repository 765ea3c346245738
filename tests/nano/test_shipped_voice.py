"""The embedded model's voice is what the product expects of it: two voices that say a sentence and then stop."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.engine.api import SPEECH_RATE
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.pronunciations import read_pronunciations
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.locate import locate_model_set

SENTENCES = ("Turned on the lights.", "The temperature is twenty one degrees.", "Timer started.")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    loaded = await Engine.load(locate_model_set(ModelSettings()), EngineSettings(), longest_piece_s=10.0)
    yield loaded
    await loaded.close()


async def said(engine: Engine, text: str, name: str) -> NDArray[np.float32]:
    (voice,) = (voice for voice in engine.info.voices if voice.name == name)
    return np.concatenate([piece async for piece in engine.speak(text, voice)])


def pitch(sound: NDArray[np.float32]) -> float:
    """Median fundamental of the loud frames in hertz, by autocorrelation."""
    frames = sound[: len(sound) // 960 * 960].reshape(-1, 960)
    frames = frames[np.square(frames).mean(axis=1) > np.square(sound).mean()]
    low, high = SPEECH_RATE // 350, SPEECH_RATE // 70
    spectrum = np.fft.rfft(frames, 2048)
    correlation = np.fft.irfft(np.square(np.abs(spectrum)))[:, low:high]
    return float(SPEECH_RATE / np.median(correlation.argmax(axis=1) + low))


def test_all_four_files_fit_each_other_and_stay_under_sixty_megabytes() -> None:
    shapes = check_model_set(locate_model_set(ModelSettings()))
    assert shapes.speech is not None
    assert shapes.bytes < 60e6


def test_it_knows_how_common_words_sound_by_signs_that_are_a_token_each() -> None:
    backbone = locate_model_set(ModelSettings()).backbone
    known = read_pronunciations(backbone)
    assert known is not None
    assert known.told("The kitchen light isn't on.") == "The E@ kitchen K`Q@N light L~T isn't `Z@NT on. \\N"
    assert len(known.sounds) > 20000
    tokens = read_header(backbone).metadata["tokenizer.ggml.tokens"].items
    assert tokens is not None
    assert {sign.encode() for sounds in known.sounds.values() for sign in sounds} <= set(tokens)


def test_there_is_a_female_and_a_male_voice_by_the_released_prompts() -> None:
    voices = {voice.name: voice.prompt for voice in locate_model_set(ModelSettings()).model.voices}
    assert voices == {
        "us-female": "Perform TTS. Use the US female voice.",
        "us-male": "Perform TTS. Use the US male voice.",
    }


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("name", ["us-female", "us-male"])
async def test_a_sentence_is_spoken_and_ends_by_itself(
    engine: Engine, name: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "wyoming_lfm2"):
        sound = await said(engine, text, name)
    assert "was cut" not in caplog.text
    assert 0.03 < len(sound) / SPEECH_RATE / len(text) < 0.15, "seconds a character"
    assert 0.01 < np.sqrt(np.square(sound).mean()) < 0.3


@pytest.mark.asyncio(loop_scope="module")
async def test_the_female_voice_is_higher_than_the_male_one(engine: Engine) -> None:
    # Of several sentences: now and then one of the male voice comes out in the female one, see the model card.
    texts = (
        *SENTENCES,
        "The kitchen light is on.",
        "It is seven thirty PM.",
        "Turned off the bedroom lights.",
    )
    female = np.median([pitch(await said(engine, text, "us-female")) for text in texts])
    male = np.median([pitch(await said(engine, text, "us-male")) for text in texts])
    assert female > 1.3 * male
