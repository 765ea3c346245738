"""What the engine counts, and the line in the log that says where a request's time went."""

from __future__ import annotations

import logging
from contextlib import aclosing

import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.scheduler_bench import AUDIO, Bench, Script
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.metrics import RECENT, RequestTimes
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.steps import DecodeToken, Output


async def test_a_request_says_where_its_time_went(endless: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="wyoming_lfm2.engine")
    await transcript(endless, noise(2))
    (times,) = endless.metrics.recent
    assert (times.kind, times.outcome) == ("Transcription", "done")
    assert times.stages["Encode"].count == 1
    assert times.stages["DecodeToken"].count == 23
    assert times.queued_s is not None
    assert times.first_output_s is not None
    assert 0 <= times.queued_s < times.first_output_s < times.total_s
    spent = sum(stage.total_s for stage in times.stages.values())
    assert 0.3 * times.total_s < spent < times.total_s
    (line,) = [
        record.getMessage() for record in caplog.records if "Transcription done" in record.getMessage()
    ]
    assert "queued" in line
    assert "DecodeToken" in line
    assert "in 23" in line


async def test_an_abandoned_request_is_counted_once(endless: Engine) -> None:
    async with aclosing(endless.transcribe(noise(2))) as fragments:
        await anext(fragments)
    await transcript(endless, noise(1))
    assert endless.metrics.requests == {("Transcription", "cancelled"): 1, ("Transcription", "done"): 1}


def test_what_waits_and_what_runs_is_counted_while_it_does(bench: Bench) -> None:
    metrics = bench.scheduler.metrics
    clients = [bench.submit(Script([AUDIO, AUDIO], rows=3))[1] for _ in range(4)]
    assert bench.model.arrived.acquire(timeout=60)
    assert metrics.queue_length >= 2
    bench.model.gate.set()
    assert all(client.done.wait(60) for client in clients)
    bench.finish_one_more()
    assert metrics.queue_length == 0
    assert metrics.requests["Script", "done"] == 5


def test_failures_are_counted_by_their_code_and_only_the_last_requests_are_kept(bench: Bench) -> None:
    bench.model.gate.set()
    bench.model.fail = lambda step: EngineError("no") if step == DecodeToken(13) else None
    for _ in range(RECENT + 5):
        _, told = bench.submit(Script([DecodeToken(13), Output("never")]))
        assert told.done.wait(60)
    assert bench.scheduler.metrics.requests == {("Script", "engine-error"): RECENT + 5}
    assert len(bench.scheduler.metrics.recent) == RECENT
    assert all(times.first_output_s is None for times in bench.scheduler.metrics.recent)


def test_a_listener_who_ran_dry_meanwhile_is_counted() -> None:
    now = 0.0
    listener = PlaybackClock(lambda: now)
    listener.add(1)
    now = 2.0
    listener.add(1)
    times = RequestTimes("Synthesis", listener)
    now = 4.0
    listener.add(1)
    times.note_end("done")
    assert times.underruns == 1
    assert "1 underruns" in str(times)
