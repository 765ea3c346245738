"""Answers in text and sound of a tiny random model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import (
    answered,
    conversing,
    counted_rows,
    forget_kept_sequences,
    history_of,
    model_of,
)
from tests.model_sets import TINY_VOCODER, tiny_model_set
from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import AudioTooShortError, CannotSpeakError, TextTooLongError
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.dialogue_history import SpokenFrames, UserAudio
from wyoming_lfm2.models.model_set import ModelSet

GREEDY = Voice("greedy", "Respond with interleaved text and audio.", (), "", temperature=0.0)
TOKENS = 18
EVENTS = 3 * TOKENS
"""Six tokens, twelve frames, three times."""


@pytest.fixture(scope="session")
def talking_set(folder: Path) -> ModelSet:
    """Writes and speaks, and ends neither."""
    rig = {"<|im_end|>": 0.0, "<|text_end|>": 0.0}
    return tiny_model_set(folder / "talking", rig=rig, speech=True, codes={TINY_VOCODER.end_of_audio: 0.0})


@pytest.fixture
async def engine(talking_set: ModelSet, folder: Path) -> AsyncIterator[Engine]:
    limits = ConversationSettings(answer_tokens=TOKENS, dialogue_tokens=1000)
    loaded = await conversing(talking_set, limits, folder / "cache")
    yield loaded
    await loaded.close()


async def pieces(
    engine: Engine, said: str | NDArray[np.float32], dialogue: str | None = None, voice: Voice = GREEDY
) -> list[str | NDArray[np.float32]]:
    return [piece async for piece in engine.converse(said, dialogue, voice, PlaybackClock())]


async def conversed(
    engine: Engine, said: str | NDArray[np.float32], dialogue: str | None = None, voice: Voice = GREEDY
) -> tuple[str, NDArray[np.float32]]:
    made = await pieces(engine, said, dialogue, voice)
    sound = [piece for piece in made if not isinstance(piece, str)]
    return "".join(piece for piece in made if isinstance(piece, str)), np.concatenate(sound)


def assert_same(
    one: tuple[str, NDArray[np.float32]], other: tuple[str, NDArray[np.float32]], tolerance: float = 0.01
) -> None:
    assert one[0] == other[0]
    assert one[1].shape == other[1].shape
    assert np.abs(one[1] - other[1]).max() <= tolerance


async def test_text_and_sound_come_in_turns_and_the_sound_is_one_stream(engine: Engine) -> None:
    made = await pieces(engine, noise(1))
    assert isinstance(made[0], str)
    lengths = [len(piece) for piece in made if not isinstance(piece, str)]
    assert lengths == [1440, *[1920] * 35, 480]
    kinds = [isinstance(piece, str) for piece in made]
    changes = sum(a != b for a, b in pairwise(kinds))
    assert changes == 5


async def test_the_same_is_answered_to_the_same_and_another_seed_sounds_otherwise(engine: Engine) -> None:
    first = await conversed(engine, noise(1))
    assert_same(first, await conversed(engine, noise(1)), 0)
    drawn = [
        await conversed(engine, noise(1), None, Voice("", GREEDY.prompt, (), "", 1.0, 4, seed))
        for seed in (1, 1, 2)
    ]
    assert_same(drawn[0], drawn[1], 0)
    assert not np.array_equal(drawn[0][1], drawn[2][1])
    assert (await conversed(engine, noise(1, seed=1)))[0] != first[0]
    assert (await conversed(engine, "turn on the light"))[0] != first[0]


async def test_a_second_turn_costs_only_what_is_new_and_goes_on_from_sound(engine: Engine) -> None:
    await conversed(engine, noise(1), "a")
    kinds = [type(segment) for segment in history_of(engine, "a").turns[0]]
    assert kinds == [UserAudio, tuple, tuple, SpokenFrames, tuple, SpokenFrames, tuple, SpokenFrames]
    with counted_rows(engine) as rows:
        second = await conversed(engine, noise(1), "a")
    prompt = engine._conversation._prompt
    assert sum(rows) == len(prompt.before_turn) + 13 + len(prompt.before_answer) + EVENTS
    assert second[0] != (await conversed(engine, noise(1)))[0]


async def test_a_dialogue_with_sound_goes_on_from_what_is_remembered(engine: Engine) -> None:
    said = (noise(1), "turn on", noise(0.5, 2))
    kept = [await conversed(engine, part, "kept") for part in said]
    for part, expected in zip(said, kept, strict=True):
        assert_same(await conversed(engine, part, "pushed out"), expected)
        assert forget_kept_sequences(engine) > 0


async def test_text_and_sound_may_follow_answers_in_text_only(engine: Engine) -> None:
    await answered(engine, "turn on the light", "a")
    await conversed(engine, noise(1), "a")
    await answered(engine, "turn off", "a")
    assert len(history_of(engine, "a").turns) == 3


async def test_several_converse_answer_speak_and_are_heard_at_once(engine: Engine) -> None:
    alone = await conversed(engine, noise(1))
    heard = await transcript(engine, noise(2))
    text = await answered(engine, "what time is it")
    results = await asyncio.gather(
        conversed(engine, noise(1)),
        conversed(engine, noise(1)),
        transcript(engine, noise(2)),
        answered(engine, "what time is it"),
    )
    assert_same(results[0], alone)
    assert_same(results[1], alone)
    assert results[2:] == [heard, text]


async def test_a_turn_cut_while_it_sounds_has_never_been_said(engine: Engine) -> None:
    expected = [await conversed(engine, noise(1), "whole") for _ in range(2)]
    first = await conversed(engine, noise(1), "cut")
    heard = await transcript(engine, noise(1))
    for _ in range(5):
        async with aclosing(engine.converse(noise(1, 3), "cut", GREEDY)) as made:
            async for piece in made:
                if not isinstance(piece, str):
                    break
    # The official runner goes on speaking into the next transcript.
    assert await transcript(engine, noise(1)) == heard
    assert_same(first, expected[0])
    assert_same(await conversed(engine, noise(1), "cut"), expected[1])
    assert model_of(engine).sequences.in_use == 0


async def test_an_answer_may_end_by_itself_even_at_once(folder: Path) -> None:
    rig = {"<|im_end|>": 2.0, "<|text_end|>": 3.0}
    codes = {TINY_VOCODER.end_of_audio: 1.5}
    ending = tiny_model_set(folder / "ends", rig=rig, speech=True, codes=codes)
    engine = await conversing(ending, ConversationSettings(answer_tokens=60), folder / "cache")
    for seed in range(4):
        await pieces(engine, noise(1, seed), "a")
    histories = history_of(engine, "a").turns
    lengths = [sum(map(len, turn[2:])) for turn in histories]
    assert min(lengths) < 180
    await engine.close()


async def test_what_cannot_be_heard_or_does_not_fit_is_refused(engine: Engine, ending: Engine) -> None:
    with pytest.raises(AudioTooShortError):
        await pieces(engine, np.zeros(100, np.float32))
    with pytest.raises(TextTooLongError, match="say less"):
        await pieces(engine, "light " * 10_000)
    assert await pieces(engine, "  ") == []
    with pytest.raises(CannotSpeakError, match="vocoder"):
        await pieces(ending, "turn on")
