"""How long single steps take: encoding, prefilling, decoding a token."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.rounds import median_of_rounds
from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.audio_limits import embedding_rows
from wyoming_lfm2.engine.requests.steps import DecodeToken, Encode, Prefill, Priority, RequestSteps, Step
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler

_TOKENS = 12
_ENCODED_S = (1, 3, 10)
_PREFILLED_S = 3
_SUFFIX_ROWS = 5
"""Tokens after the audio in the released vocabulary."""


async def measure_steps(scheduler: Scheduler[ModelRunner], rounds: int) -> dict[str, float]:
    """Seconds by the name of the step, each measured from inside a request."""
    width = scheduler.loaded.result().backbone.width
    times = {}
    for seconds in _ENCODED_S:
        encode = Encode(np.zeros(seconds * SAMPLE_RATE, np.float32))
        times[f"encode {seconds} s of audio"] = await _median(scheduler, rounds, [encode])
    count = embedding_rows(_PREFILLED_S * SAMPLE_RATE) + _SUFFIX_ROWS
    rows = np.random.default_rng(0).standard_normal((count, width), np.float32)
    parts = [rows[start : start + ROWS_PER_STEP] for start in range(0, count, ROWS_PER_STEP)]
    prefill = [Prefill(part, output=part is parts[-1]) for part in parts]
    times[f"prefill {count} rows ({_PREFILLED_S} s of audio)"] = await _median(scheduler, rounds, prefill)
    times["one token"] = await _median(scheduler, rounds, [DecodeToken(1000)] * _TOKENS) / _TOKENS
    return times


async def _median(scheduler: Scheduler[ModelRunner], rounds: int, steps: Sequence[Step]) -> float:
    async def measure() -> float:
        work = _TimedSteps(steps)
        async for _ in stream_outputs(scheduler, work):
            pass
        return work.seconds

    return await median_of_rounds(rounds, measure)


@dataclass(eq=False)
class _TimedSteps:
    """A request that only does ``steps``, and notes how long they took."""

    steps: Sequence[Step]
    rows: int = 256
    after: None = None
    listener: None = None
    priority: Priority = Priority.COMMAND
    seconds: float = field(default=0.0, init=False)

    def run(self) -> RequestSteps:
        """Start them."""
        start = time.perf_counter()
        for step in self.steps:  # noqa: UP028 - results are sent in, which a list does not take
            yield step
        self.seconds = time.perf_counter() - start
