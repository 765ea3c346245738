"""What it saves that a dialogue stays in the model's memory.

The same turn is answered after a kept dialogue, and after one that has to be computed again.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bench.forced_answer import ForcedAnswer, forced_turn
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler


@dataclass(frozen=True)
class TurnTimes:
    """One turn of a dialogue, both ways, measured in turns."""

    number: int
    """Of the turn, from 1."""
    kept_s: float
    anew_s: float
    """From the question to the answer's first token."""
    ratio: float
    """Of the two, the median of the pairs."""
    kept_tokens: int
    anew_tokens: int
    """Computed before the answer; the system prompt is kept in either case."""


async def measure_turns(
    scheduler: Scheduler[ModelRunner], rounds: int, numbers: Sequence[int]
) -> list[TurnTimes]:
    """The turns of these ``numbers``."""
    times = []
    for number in numbers:
        pairs = [await _both(scheduler, number) for _ in range(rounds + 1)][1:]
        kept, anew = zip(*pairs, strict=True)
        times.append(
            TurnTimes(
                number,
                statistics.median(seconds for seconds, _ in kept),
                statistics.median(seconds for seconds, _ in anew),
                statistics.median(a / k for (k, _), (a, _) in pairs),
                kept[0][1],
                anew[0][1],
            )
        )
    return times


async def _both(
    scheduler: Scheduler[ModelRunner], number: int
) -> tuple[tuple[float, int], tuple[float, int]]:
    """The turn after a kept dialogue, and after the same one that is not: seconds and tokens."""
    history: DialogueHistory | None = None
    for _ in range(number - 1):
        _, _, history = await _turn(scheduler, history)
    assert history is not None
    kept_s, kept_tokens, _ = await _turn(scheduler, history)
    # Nothing is kept for another object, whatever stands in it.
    anew_s, anew_tokens, _ = await _turn(scheduler, DialogueHistory(history.prefix, history.turns))
    return (kept_s, kept_tokens), (anew_s, anew_tokens)


async def _turn(
    scheduler: Scheduler[ModelRunner], history: DialogueHistory | None
) -> tuple[float, int, DialogueHistory]:
    model = scheduler.loaded.result()
    work = ForcedAnswer(forced_turn(model, history))
    start = time.perf_counter()
    first_s = 0.0
    after: DialogueHistory | None = None
    async with aclosing(stream_outputs(scheduler, work)) as outputs:
        async for output in outputs:
            first_s = first_s or time.perf_counter() - start
            after = output if isinstance(output, DialogueHistory) else None
    assert after is not None
    return first_s, work.prefilled, after
