"""That the measurements of conversation work, on a model that has next to no size. What they give is not judged."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.conversation_run import measure_conversation
from bench.dialogue_times import measure_turns
from bench.forced_answer import ANSWER_TOKENS, TURN_TOKENS
from tests.model_sets import tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler

prepare("passive")


async def test_the_tokens_of_a_kept_and_of_a_forgotten_dialogue_are_counted(tmp_path: Path) -> None:
    resident = tiny_model_set(tmp_path / "tiny")
    scheduler = Scheduler(lambda: ModelRunner(resident, EngineSettings(threads=1), 30.0, tmp_path), 4)
    model = await asyncio.wrap_future(scheduler.loaded)
    second, third = await measure_turns(scheduler, 1, (2, 3))
    around = len(model.chat.before_turn) + len(model.chat.before_answer)
    assert second.kept_tokens == third.kept_tokens == TURN_TOKENS + around
    assert third.anew_tokens - second.anew_tokens == TURN_TOKENS + ANSWER_TOKENS + around
    assert second.anew_tokens > second.kept_tokens
    assert min(second.kept_s, second.anew_s, third.kept_s, third.anew_s) > 0
    await asyncio.to_thread(scheduler.close, 60)


async def test_conversation_is_measured_kept_and_anew_prepared_and_not(tmp_path: Path) -> None:
    speaking = tiny_model_set(tmp_path / "tiny", speech=True)
    tables = await measure_conversation(speaking, EngineSettings(threads=1), tmp_path / "cache", 1, (0.0,))
    turns, prepared, grammar = (table.splitlines() for table in tables.split("\n\n"))
    assert [row.count("|") for row in turns] == [5] * 4
    assert [row.count("|") for row in prepared] == [5] * 3
    assert [row.count("|") for row in grammar] == [4] * 6
