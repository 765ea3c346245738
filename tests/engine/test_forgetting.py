"""A dialogue that has rested for too long is gone, its text and its rows, although nobody asks for it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.engine.conversing import LIMITS, answered, conversing, model_of
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.model_set import ModelSet

REST_S = 0.3


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the worker thread and a timer change it
            await asyncio.sleep(0.02)


def remembered(engine: Engine) -> int:
    return len(engine._conversation._dialogues)


def rows(engine: Engine) -> int:
    return model_of(engine).sequences.rows_taken


@pytest.fixture
def short(endless_set: ModelSet) -> tuple[ModelSet, object]:
    return endless_set, LIMITS.model_copy(update={"dialogue_minutes": REST_S / 60})


async def test_it_is_forgotten_by_itself_with_its_rows(short: tuple[ModelSet, object]) -> None:
    model_set, limits = short
    engine = await conversing(model_set, limits)  # type: ignore[arg-type]
    await answered(engine, "turn on the light", "a")
    await answered(engine, "turn on the light", "b")
    assert remembered(engine)
    assert rows(engine) > 0
    await until(lambda: not remembered(engine))
    await until(lambda: rows(engine) == 0)
    assert model_of(engine).sequences.in_use == 0
    # A next one is forgotten as well.
    await answered(engine, "turn on the light", "c")
    await until(lambda: not remembered(engine) and rows(engine) == 0)
    await engine.close()


async def test_one_that_is_pushed_out_leaves_no_rows(endless_set: ModelSet) -> None:
    engine = await conversing(endless_set, LIMITS.model_copy(update={"dialogues": 1}))
    await answered(engine, "turn on the light", "a")
    one = rows(engine)
    await answered(engine, "turn on the light", "b")
    await until(lambda: rows(engine) == one)
    await engine.close()


async def test_one_that_is_forgotten_in_the_middle_of_a_turn_leaves_no_rows(endless_set: ModelSet) -> None:
    engine = await conversing(endless_set, LIMITS.model_copy(update={"dialogues": 1}))
    turn = engine.answer("turn on the light", "a", "You are the voice of a home.")
    first = await anext(turn)
    await answered(engine, "turn on the light", "b")
    one = rows(engine)
    assert first
    assert "".join([fragment async for fragment in turn])
    await until(lambda: rows(engine) <= one)
    assert remembered(engine) == 1
    await engine.close()
