"""What a model is told before a dialogue and cannot hold: one error, known beforehand, that names the settings."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest

from tests.engine.choosing import LIMITS
from tests.engine.conversing import SYSTEM, answered, conversing, counted_rows, model_of
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import CannotConverseError, GrammarError, TextTooLongError
from wyoming_lfm2.models.model_set import ModelSet

GRAMMAR = 'root ::= "it"'


@pytest.fixture
async def engine(calling_set: ModelSet) -> AsyncIterator[Engine]:
    loaded = await conversing(calling_set, LIMITS, context=512)
    yield loaded
    await loaded.close()


async def told(engine: Engine, system: str, tools: str = "") -> list[str]:
    """An answer under these, whatever it is."""
    return [written.text async for written in engine.choose("light", GRAMMAR, None, system, tools)]


@pytest.mark.parametrize("length", [600, 200_000])
async def test_a_system_prompt_that_is_too_long_is_called_by_its_name(engine: Engine, length: int) -> None:
    for asked in (answered(engine, "light", "a", "light " * length), engine.check_told("light " * length)):
        with (
            counted_rows(engine) as rows,
            pytest.raises(
                TextTooLongError, match=r"system prompt.* set a shorter prompt.*engine\.context"
            ) as one,
        ):
            await asked
        assert "home_names" not in str(one.value)
        assert not rows, "nothing was computed for it"


@pytest.mark.parametrize("length", [600, 200_000])
async def test_a_list_of_functions_that_is_too_long_is_called_by_its_name(
    engine: Engine, length: int
) -> None:
    tools = "light " * length
    for asked in (told(engine, SYSTEM, tools), engine.check_told(SYSTEM, GRAMMAR, tools)):
        with pytest.raises(TextTooLongError, match=r"list of functions.* fewer conversation\.home_names"):
            await asked


async def test_what_is_found_to_fit_is_answered_and_what_is_not_is_refused(engine: Engine) -> None:
    """At the border, word by word."""
    found = []
    for words in range(model_of(engine).sequences.capacity):
        system = "light " * words
        try:
            await engine.check_told(system)
        except TextTooLongError:
            break
        found.append(system)
    assert len(found) > 10
    assert await answered(engine, "turn on the light", None, found[-1])
    with pytest.raises(TextTooLongError, match="system prompt"):
        await answered(engine, "it", None, found[-1] + "light ")


async def test_a_wrong_grammar_and_a_model_that_does_not_converse_are_known_beforehand(
    engine: Engine, hearing_only: Engine
) -> None:
    with pytest.raises(GrammarError, match="refuses the grammar"):
        await engine.check_told(SYSTEM, "root ::= other")
    with pytest.raises(CannotConverseError, match="not trained"):
        await hearing_only.check_told(SYSTEM)


@pytest.fixture
async def hearing_only(calling_set: ModelSet) -> AsyncIterator[Engine]:
    loaded = await conversing(
        dataclasses.replace(
            calling_set,
            model=dataclasses.replace(
                calling_set.model, chat_unavailable_reason="It was not trained for that."
            ),
        )
    )
    yield loaded
    await loaded.close()
