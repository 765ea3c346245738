"""Dialogues with a tiny random model: what it says is nonsense, but the same nonsense after the same words."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import (
    LIMITS,
    SYSTEM,
    answered,
    conversing,
    counted_rows,
    forget_kept_sequences,
    history_of,
    model_of,
)
from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import CannotConverseError, EngineBusyError, TextTooLongError
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.models.model_set import ModelSet

TURNS = ("turn on the light", "what time is it", "set a timer for minutes")


@pytest.fixture
async def engine(endless_set: ModelSet) -> AsyncIterator[Engine]:
    """Each answer is cut at 12 tokens."""
    loaded = await conversing(endless_set)
    yield loaded
    await loaded.close()


async def dialogue(engine: Engine, name: str, turns: tuple[str, ...] = TURNS) -> list[str]:
    return [await answered(engine, text, name) for text in turns]


async def test_an_answer_ends_where_the_model_ends_it_and_holds_no_control_token(
    ending_set: ModelSet,
) -> None:
    engine = await conversing(ending_set, ConversationSettings(answer_tokens=64))
    answers = [await answered(engine, text) for text in (*TURNS, "turn off", "what is it", "kitchen")]
    assert answers == [await answered(engine, text) for text in (*TURNS, "turn off", "what is it", "kitchen")]
    assert len(set(answers)) > 1
    assert not any("<|" in answer for answer in answers)
    tokens = [len(engine._conversation._prompt.text(answer)) for answer in answers]
    assert min(tokens) < 40
    await engine.close()


async def test_a_runaway_answer_is_cut_and_said_so(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    fragments = [fragment async for fragment in engine.answer(TURNS[0], None, SYSTEM)]
    assert 0 < len(fragments) <= 12
    assert "was cut at 12 tokens" in caplog.text


async def test_what_was_said_before_and_the_system_prompt_count(engine: Engine) -> None:
    answers = await dialogue(engine, "a", (TURNS[0], TURNS[0], TURNS[0]))
    assert len(set(answers)) == 3
    assert await answered(engine, TURNS[0]) == answers[0]
    assert await answered(engine, TURNS[0], None, "Perform ASR.") != answers[0]
    assert await dialogue(engine, "b", (TURNS[0], TURNS[0], TURNS[0])) == answers


async def test_a_second_turn_costs_only_its_new_tokens(engine: Engine) -> None:
    prompt = engine._conversation._prompt
    new = [len(prompt.text(text)) + len(prompt.before_answer) for text in TURNS]
    with counted_rows(engine) as rows:
        await answered(engine, TURNS[0], "a")
    assert sum(rows) == len(prompt.prefix(SYSTEM)) + new[0] + LIMITS.answer_tokens
    with counted_rows(engine) as rows:
        await answered(engine, TURNS[1], "a")
    assert sum(rows) == len(prompt.before_turn) + new[1] + LIMITS.answer_tokens
    # Another dialogue with the same system prompt has that for nothing.
    with counted_rows(engine) as rows:
        await answered(engine, TURNS[2], "b")
    assert sum(rows) == new[2] + LIMITS.answer_tokens


async def test_a_dialogue_that_was_pushed_out_of_memory_goes_on_from_what_is_remembered(
    engine: Engine,
) -> None:
    expected = await dialogue(engine, "kept")
    got = []
    for text in TURNS:
        got.append(await answered(engine, text, "pushed out"))
        forget_kept_sequences(engine)
    assert got == expected
    with counted_rows(engine) as rows:
        await answered(engine, "light", "pushed out")
    assert sum(rows) > history_of(engine, "kept").rows(engine._conversation._prompt) - 60


async def test_kept_dialogues_give_way_to_a_request_that_needs_the_room(endless_set: ModelSet) -> None:
    engine = await conversing(endless_set, context=512)
    pool = model_of(engine).sequences
    expected = await dialogue(engine, "a")
    others = [await dialogue(engine, name) for name in ("b", "c")]
    assert others == [expected, expected]
    assert pool._unreserved < pool.capacity - 200
    # Every row that there is: nothing of a dialogue can stay.
    sequence = pool.take(pool.capacity)
    assert sequence is not None and not pool._dialogues
    pool.give_back(sequence)
    assert pool._unreserved == pool.capacity
    again = [await answered(engine, "light", name) for name in ("a", "b")]
    assert again[0] == again[1]
    await engine.close()


async def test_eviction_does_not_disturb_who_is_answered_or_heard_meanwhile(endless_set: ModelSet) -> None:
    roomy = await conversing(endless_set)
    expected = await dialogue(roomy, "a")
    heard = await transcript(roomy, noise(4))
    await roomy.close()
    tight = await conversing(endless_set, context=512, sequences=3)
    results = await asyncio.gather(
        *(dialogue(tight, name) for name in "abcdef"), *(transcript(tight, noise(4)) for _ in range(4))
    )
    assert results == [*[expected] * 6, *[heard] * 4]
    pool = model_of(tight).sequences
    assert pool.in_use == 0
    assert pool._unreserved == pool.capacity - sum(kept.rows for kept in pool._dialogues.values())
    await tight.close()


async def test_the_oldest_turns_leave_first_and_the_system_prompt_stays(engine: Engine) -> None:
    prompt = engine._conversation._prompt
    before: tuple[object, ...] = ()
    left = 0
    for number in range(30):
        await answered(engine, f"turn {number} on the light", "long")
        history = history_of(engine, "long")
        assert history.prefix == prompt.prefix(SYSTEM)
        assert prompt.text(f"turn {number} on the light") == history.turns[-1][0]
        kept = history.turns[:-1]
        assert DialogueHistory(history.prefix, kept).rows(prompt) <= LIMITS.dialogue_tokens
        assert kept == before[len(before) - len(kept) :]
        left += len(kept) < len(before)
        before = history.turns
    # Rarely: several at once, not one each turn.
    assert 1 <= left <= 6


async def test_a_cancelled_turn_has_never_been_said(engine: Engine) -> None:
    expected = await dialogue(engine, "whole")
    got = [await answered(engine, TURNS[0], "cut")]
    for _ in range(6):
        async with aclosing(engine.answer("something else", "cut", SYSTEM)) as fragments:
            await anext(fragments)
    with counted_rows(engine) as rows:
        got.append(await answered(engine, TURNS[1], "cut"))
    assert sum(rows) < history_of(engine, "cut").rows(engine._conversation._prompt) - 20, "still in memory"
    got.append(await answered(engine, TURNS[2], "cut"))
    assert got == expected
    model = model_of(engine)
    assert model.sequences.in_use == 0
    assert all(model.backbone.length(sequence) == 0 for sequence in range(4))


async def test_turns_of_one_dialogue_wait_for_each_other_and_a_crowd_is_refused(engine: Engine) -> None:
    expected = await dialogue(engine, "calm", (TURNS[0],) * 4)
    results = await asyncio.gather(
        *(answered(engine, TURNS[0], "hasty") for _ in range(7)), return_exceptions=True
    )
    assert results[:4] == expected
    assert all(isinstance(result, EngineBusyError) for result in results[4:])


async def test_a_turn_longer_than_the_context_is_one_clear_error(endless_set: ModelSet) -> None:
    engine = await conversing(endless_set, context=512)
    first = await answered(engine, TURNS[0], "a")
    for text in ("light " * 600, "light " * 200_000):
        with pytest.raises(TextTooLongError, match="say less"):
            await answered(engine, text, "a")
    assert await answered(engine, TURNS[0], "b") == first
    await engine.close()


async def test_one_system_prompt_may_follow_another_in_a_dialogue(engine: Engine) -> None:
    await answered(engine, TURNS[0], "a")
    second = await answered(engine, TURNS[1], "a", "Perform ASR.")
    history = history_of(engine, "a")
    assert len(history.turns) == 2
    assert history.prefix == engine._conversation._prompt.prefix("Perform ASR.")
    assert second != (await dialogue(engine, "b", TURNS[:2]))[1]


async def test_a_great_many_ids_leave_few_dialogues_and_all_the_room(endless_set: ModelSet) -> None:
    limits = ConversationSettings(answer_tokens=8, dialogues=5)
    engine = await conversing(endless_set, limits)
    expected = await answered(engine, TURNS[0])
    for number in range(60):
        assert await answered(engine, TURNS[0], "x" * number * 1000) == expected
    assert len(engine._conversation._dialogues) == 5
    pool = model_of(engine).sequences
    assert len(pool._dialogues) <= 8
    sequence = pool.take(pool.capacity)
    assert sequence is not None
    pool.give_back(sequence)
    await engine.close()


async def test_white_space_half_characters_and_control_tokens_are_no_trouble(engine: Engine) -> None:
    assert await answered(engine, " \n", "a") == ""
    assert await answered(engine, "\ud800 light") == await answered(engine, "? light")
    prompt = engine._conversation._prompt
    assert prompt.im_end not in prompt.text("<|im_end|>")


async def test_a_model_that_was_not_trained_to_converse_says_so(ending_set: ModelSet) -> None:
    wordless = dataclasses.replace(
        ending_set,
        model=dataclasses.replace(ending_set.model, chat_unavailable_reason="It was not trained for that."),
    )
    engine = await conversing(wordless)
    assert not engine.info.converses
    with pytest.raises(CannotConverseError, match="not trained"):
        await answered(engine, TURNS[0])
    with pytest.raises(CannotConverseError, match="not trained"):
        await anext(engine.converse(TURNS[0]))
    await engine.close()
