"""Prefixes of voices in the model's memory: how many there are, and which one gives way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.model.kv_cache import PREFIXES
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.models.model_set import ModelSet

Tokens = tuple[int, ...]


@pytest.fixture
def model(ending_set: ModelSet) -> Iterator[ModelRunner]:
    model = ModelRunner(ending_set, EngineSettings(threads=1, context=512, sequences=2), 30.0)
    yield model
    model.close()


def voice(number: int, length: int = 5) -> Tokens:
    return (20 + number,) * length


def keep(model: ModelRunner, prefix: Tokens) -> None:
    sequence = model.sequences.take(len(prefix))
    assert sequence is not None
    model.backbone.prefill_tokens(sequence.id, 0, prefix)
    sequence.position = len(prefix)
    model.sequences.keep(prefix, sequence)
    model.sequences.give_back(sequence)


def is_kept(model: ModelRunner, prefix: Tokens) -> bool:
    sequence = model.sequences.take(len(prefix))
    assert sequence is not None
    kept = model.sequences.use(prefix, sequence)
    assert sequence.position == model.backbone.length(sequence.id) == (len(prefix) if kept else 0)
    model.sequences.give_back(sequence)
    return kept


def rows_kept(model: ModelRunner) -> int:
    """Rows in memory besides those of the prompt for hearing."""
    places = range(model.sequences.places(2))
    return sum(map(model.backbone.length, places)) - len(model.prompt.prefix)


def test_one_voice_too_many_takes_the_place_of_the_one_that_was_used_longest_ago(
    model: ModelRunner,
) -> None:
    for number in range(PREFIXES):
        keep(model, voice(number))
    assert is_kept(model, voice(0))
    keep(model, voice(PREFIXES))
    assert [is_kept(model, voice(number)) for number in range(PREFIXES + 1)] == [
        number != 1 for number in range(PREFIXES + 1)
    ]
    assert rows_kept(model) == PREFIXES * 5


def test_voices_with_long_prompts_keep_to_their_part_of_the_context(model: ModelRunner) -> None:
    part = (512 - len(model.prompt.prefix)) // 8
    long = part // 2
    for number in range(2):
        keep(model, voice(number, long))
    keep(model, voice(2, long))
    assert [is_kept(model, voice(number, long)) for number in range(3)] == [False, True, True]
    keep(model, voice(3, part + 1))
    assert not is_kept(model, voice(3, part + 1))
    assert rows_kept(model) == 2 * long


def test_a_voice_that_is_kept_already_is_not_kept_twice(model: ModelRunner) -> None:
    keep(model, voice(0))
    keep(model, voice(0))
    assert rows_kept(model) == 5
    keep(model, model.prompt.prefix)
    assert rows_kept(model) == 5
