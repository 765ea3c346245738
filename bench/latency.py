"""How long a client waits for a transcript once its audio is complete."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import replace
from functools import partial

import numpy as np

from bench.rounds import median_of_rounds
from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.transcription import Transcription
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler

TOKENS = 12
"""Tokens that each transcript has: random weights would never end by themselves."""
_CLIENTS = 4


async def measure_latency(scheduler: Scheduler[ModelRunner], rounds: int) -> dict[str, float]:
    """Seconds from audio to the whole transcript, for one client and for several at once."""
    times = {}
    for seconds in (1, 3, 10):
        times[f"{seconds} s of audio to {TOKENS} tokens"] = await median_of_rounds(
            rounds, partial(_transcript_seconds, scheduler, seconds)
        )

    async def several() -> float:
        waits = await asyncio.gather(*(_transcript_seconds(scheduler, 3) for _ in range(_CLIENTS)))
        return statistics.mean(waits)

    times[f"the same for 3 s, {_CLIENTS} clients at once, mean"] = await median_of_rounds(rounds, several)
    return times


async def _transcript_seconds(scheduler: Scheduler[ModelRunner], seconds: int) -> float:
    model = scheduler.loaded.result()
    work = Transcription(
        np.zeros(seconds * SAMPLE_RATE, np.float32),
        replace(model.prompt, ends=frozenset()),
        model.backbone.vocabulary,
        most_tokens=TOKENS,
        rows_per_step=ROWS_PER_STEP,
    )
    start = time.perf_counter()
    async for _ in stream_outputs(scheduler, work):
        pass
    return time.perf_counter() - start
