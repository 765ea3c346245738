"""A step of the model that hangs is seen from outside, while everything else counts as working."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import model_of
from tests.engine.scheduler_bench import AUDIO, Bench, Script, StandIn
from wyoming_lfm2.engine.api import Heartbeat
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler


async def test_a_step_that_hangs_is_seen_until_it_returns(
    endless: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat: Heartbeat = endless
    assert heartbeat.stalled_s() == 0
    hangs, goes_on = threading.Event(), threading.Event()
    encode = model_of(endless).encoder.encode

    def hanging(samples: Any) -> Any:
        hangs.set()
        goes_on.wait()
        return encode(samples)

    monkeypatch.setattr(model_of(endless).encoder, "encode", hanging)
    asked = asyncio.create_task(transcript(endless, noise(1)))
    assert await asyncio.to_thread(hangs.wait, 60)
    await asyncio.sleep(0.2)
    assert heartbeat.stalled_s() >= 0.2
    goes_on.set()
    assert await asked
    assert heartbeat.stalled_s() == 0


def test_a_step_that_fails_is_over(bench: Bench) -> None:
    bench.model.fail = lambda step: ZeroDivisionError()
    _, told = bench.submit(Script([AUDIO]))
    assert bench.model.arrived.acquire(timeout=60)
    time.sleep(0.05)
    assert bench.scheduler.stalled_s() >= 0.05
    bench.model.gate.set()
    assert told.done.wait(60)
    assert bench.scheduler.stalled_s() == 0


def test_a_model_that_is_being_loaded_has_not_stalled() -> None:
    loaded = threading.Event()

    def load() -> StandIn:
        loaded.wait()
        return StandIn()

    scheduler: Scheduler[Any] = Scheduler(load, most_requests=1)
    time.sleep(0.05)
    assert scheduler.stalled_s() == 0
    loaded.set()
    assert scheduler.close(60)
