"""A dialogue that has become too long is shortened after its turn, and in memory again before the next one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import LIMITS, SYSTEM, answered, conversing, counted_rows, history_of, model_of
from wyoming_lfm2.engine import conversation
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory, UserAudio
from wyoming_lfm2.engine.requests.prompts import ChatPrompt
from wyoming_lfm2.models.model_set import ModelSet

TEXT = "turn on the light and set a timer for minutes"
GUARD_S = 60


@pytest.fixture
async def engine(endless_set: ModelSet) -> AsyncIterator[Engine]:
    loaded = await conversing(endless_set)
    yield loaded
    await loaded.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "RECALL_AFTER_S", 0.01)


async def until_too_long(engine: Engine, name: str) -> list[str]:
    """Go on with a dialogue until a turn has made it too long; all answers."""
    answers, turns = [], 0
    while not answers or len(history_of(engine, name).turns) > turns:
        turns = len(history_of(engine, name).turns) if answers else 0
        answers.append(await answered(engine, TEXT, name))
    return answers


def in_memory(engine: Engine, history: DialogueHistory) -> bool:
    return history in model_of(engine).sequences._dialogues


async def recalled(engine: Engine, name: str) -> None:
    async with asyncio.timeout(GUARD_S):
        while not in_memory(engine, history_of(engine, name)):  # noqa: ASYNC110 - the worker tells nobody
            await asyncio.sleep(0.01)


async def cost_of_a_turn(engine: Engine, name: str) -> int:
    with counted_rows(engine) as rows:
        await answered(engine, TEXT, name)
    return sum(rows)


@pytest.mark.usefixtures("at_once")
async def test_the_turn_after_it_costs_only_its_new_tokens(engine: Engine) -> None:
    prompt = engine._conversation._prompt
    await until_too_long(engine, "a")
    history = history_of(engine, "a")
    assert history.rows(prompt) <= LIMITS.dialogue_tokens // 2
    assert len(history.turns) >= 2
    await recalled(engine, "a")
    new = len(prompt.before_turn) + len(prompt.text(TEXT)) + len(prompt.before_answer)
    assert await cost_of_a_turn(engine, "a") == new + LIMITS.answer_tokens


async def test_the_answers_are_the_same_whether_the_next_turn_waits_for_it_or_not(
    endless_set: ModelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    for after_s in (0.01, 3600.0):
        monkeypatch.setattr(conversation, "RECALL_AFTER_S", after_s)
        engine = await conversing(endless_set)
        said = await until_too_long(engine, "a")
        if after_s < 1:
            await recalled(engine, "a")
        else:
            assert not in_memory(engine, history_of(engine, "a"))
        answers.append([*said, *[await answered(engine, TEXT, "a") for _ in range(3)]])
        await engine.close()
    assert answers[0] == answers[1]


async def test_the_long_dialogue_takes_no_room_any_more(engine: Engine) -> None:
    await until_too_long(engine, "a")
    pool = model_of(engine).sequences
    assert not pool._dialogues
    assert pool._unreserved == pool.capacity


async def test_it_waits_until_nothing_else_is_asked_of_the_model(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "RECALL_AFTER_S", 3600.0)
    await until_too_long(engine, "a")
    model = model_of(engine)
    gate, arrived, run = threading.Event(), threading.Event(), model.run

    def held(turn: Any) -> Any:
        arrived.set()
        gate.wait(GUARD_S)
        return run(turn)

    monkeypatch.setattr(model, "run", held)
    hearing = asyncio.create_task(transcript(engine, noise(1)))
    assert await asyncio.to_thread(arrived.wait, GUARD_S)
    monkeypatch.setattr(conversation, "RECALL_AFTER_S", 0.01)
    engine._conversation._recall(engine._conversation._dialogues.get("a"))
    await asyncio.sleep(0.1)
    assert model.sequences.in_use == 1
    assert not in_memory(engine, history_of(engine, "a"))
    gate.set()
    await hearing
    await recalled(engine, "a")


@pytest.mark.usefixtures("at_once")
async def test_a_turn_that_comes_first_does_it_itself(engine: Engine) -> None:
    await until_too_long(engine, "a")
    history = history_of(engine, "a")
    assert await cost_of_a_turn(engine, "a") > history.rows(engine._conversation._prompt) - 60
    await asyncio.sleep(0.1)
    assert not in_memory(engine, history)
    assert in_memory(engine, history_of(engine, "a"))


@pytest.mark.usefixtures("at_once")
async def test_a_dialogue_of_sound_is_brought_back_as_well(endless_set: ModelSet) -> None:
    """What was heard has no tokens."""
    engine = await conversing(endless_set)
    prompt = engine._conversation._prompt
    history = history_after_sound(engine)
    dialogue = engine._conversation._dialogues.get("heard")
    dialogue.history = history
    engine._conversation._recall(dialogue)
    await recalled(engine, "heard")
    new = len(prompt.before_turn) + len(prompt.text(TEXT)) + len(prompt.before_answer)
    assert await cost_of_a_turn(engine, "heard") == new + LIMITS.answer_tokens
    await engine.close()


def history_after_sound(engine: Engine) -> DialogueHistory:
    prompt = engine._conversation._prompt
    heard = model_of(engine).encoder.encode(noise(1)).copy()
    turn = (UserAudio(heard), prompt.before_answer, prompt.text("turn off"))
    return DialogueHistory(prompt.prefix(SYSTEM), (turn, turn))


def test_the_last_turn_stays_as_long_as_there_is_room_for_it_at_all() -> None:
    prompt = ChatPrompt(None, (1,), (2,), 3, None, frozenset())  # type: ignore[arg-type]
    short, long = ((7,) * 5, (2,), (8,) * 4), ((7,) * 50, (2,), (8,) * 29)
    history = DialogueHistory((0,) * 10, (short, short, short, long))
    assert history.rows(prompt) == 10 + 3 * 11 + 81
    assert [len(history.shortened(prompt, room).turns) for room in (248, 240, 100, 91, 90)] == [4, 3, 1, 1, 0]
