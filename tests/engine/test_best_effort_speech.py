"""Speech that nobody waits for, with a tiny random model: made while there is nothing else to do, and no longer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import answered, conversing, model_of
from tests.model_sets import TINY_VOCODER, tiny_model_set
from wyoming_lfm2.engine.api import PlaybackClock, Voice
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import GaveWayError
from wyoming_lfm2.models.model_set import ModelSet

FEMALE = Voice("us-female", "Perform TTS. Use the US female voice.", ("en-US",), "")
SENTENCE = "turn on the light"


class Unheard(PlaybackClock):
    """Of nobody, until somebody comes."""

    someone = False

    @property
    def awaited(self) -> bool:
        return self.someone


@pytest.fixture(scope="module")
def endless_speech(folder: Path) -> ModelSet:
    """Speaks at once, and never ends by itself."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    return tiny_model_set(
        folder / "best-effort", rig=rig, speech=True, codes={TINY_VOCODER.end_of_audio: 0.0}
    )


@pytest.fixture
async def engine(endless_speech: ModelSet, folder: Path) -> AsyncIterator[Engine]:
    loaded = await conversing(endless_speech, cache=folder / "cache")
    yield loaded
    await loaded.close()


async def test_it_sounds_like_any_other(engine: Engine) -> None:
    heard = [piece async for piece in engine.speak(SENTENCE, FEMALE, PlaybackClock())]
    unheard = [piece async for piece in engine.speak(SENTENCE, FEMALE, Unheard())]
    assert np.array_equal(np.concatenate(heard), np.concatenate(unheard))


@pytest.mark.parametrize("what", ["hears", "speaks", "answers"])
async def test_it_gives_way_to_everything_that_is_asked_of_the_model(engine: Engine, what: str) -> None:
    async with aclosing(engine.speak(SENTENCE, FEMALE, Unheard())) as pieces:
        await anext(pieces)
        if what == "hears":
            await transcript(engine, noise(1))
        elif what == "speaks":
            async with aclosing(engine.speak("what time is it", FEMALE, PlaybackClock())) as others:
                await anext(others)
        else:
            await answered(engine, SENTENCE)
        with pytest.raises(GaveWayError):
            async for _ in pieces:
                pass
    assert await transcript(engine, noise(1)) == await transcript(engine, noise(1))
    assert model_of(engine).sequences.in_use == 0


async def test_it_is_not_begun_while_the_model_is_wanted(engine: Engine) -> None:
    async with aclosing(engine.speak("what time is it", FEMALE, PlaybackClock())) as others:
        await anext(others)
        with pytest.raises(GaveWayError):
            await anext(engine.speak(SENTENCE, FEMALE, Unheard()))


async def test_it_gives_way_no_longer_when_somebody_has_come(engine: Engine) -> None:
    playback = Unheard()
    async with aclosing(engine.speak(SENTENCE, FEMALE, playback)) as pieces:
        first = await anext(pieces)
        playback.someone = True
        await transcript(engine, noise(1))
        rest = [piece async for piece in pieces]
    alone = [piece async for piece in engine.speak(SENTENCE, FEMALE, PlaybackClock())]
    assert np.array_equal(np.concatenate([first, *rest]), np.concatenate(alone))


async def test_no_dialogue_is_forgotten_for_it(endless_speech: ModelSet, folder: Path) -> None:
    engine = await conversing(endless_speech, cache=folder / "cache", context=512)
    pool = model_of(engine).sequences
    for name in "abcdefgh":
        await answered(engine, "turn on the light and set a timer for minutes what time is it", name)
    kept = list(pool._dialogues)
    long = "turn on the light and the kitchen lights and what"
    with pytest.raises(GaveWayError):
        async for _ in engine.speak(long, FEMALE, Unheard()):
            pass
    assert list(pool._dialogues) == kept
    assert [piece async for piece in engine.speak(long, FEMALE, PlaybackClock())]
    assert len(pool._dialogues) < len(kept), "the comparison would prove nothing"
    await engine.close()
