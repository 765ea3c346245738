"""Turns and failures, with a model that is a stand-in, so that each step is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.scheduler_bench import AUDIO, Bench, Script, StandIn, Told
from wyoming_lfm2.engine.errors import ContextFullError, EngineClosedError, EngineError
from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.requests.steps import DecodeToken, Encode, Output
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler


def test_requests_take_turns_step_by_step(bench: Bench) -> None:
    first, second = Encode(np.zeros(1, np.float32)), Encode(np.zeros(2, np.float32))
    bench.submit_while_held(Script([first] * 3), Script([second] * 2))
    assert bench.model.turns == [[first], [second], [first], [second], [first]]


def test_tokens_of_several_requests_are_decoded_together(bench: Bench) -> None:
    bench.submit_while_held(
        Script([DecodeToken(1), DecodeToken(2)]), Script([DecodeToken(3), AUDIO, DecodeToken(4)])
    )
    assert bench.model.turns == [
        [DecodeToken(1), DecodeToken(3)],
        [DecodeToken(2)],
        [AUDIO],
        [DecodeToken(4)],
    ]


def test_outputs_come_in_order_and_take_no_turn(bench: Bench) -> None:
    (client,) = bench.submit_while_held(Script([Output("a"), AUDIO, Output("b"), Output("c")]))
    assert client.outputs == ["a", "b", "c"]
    assert client.error is None
    assert bench.model.turns == [[AUDIO]]


def test_a_failing_step_fails_its_request_and_frees_its_sequence(bench: Bench) -> None:
    bench.model.fail = lambda step: EngineError("no") if step == DecodeToken(13) else None
    bad, good = bench.submit_while_held(
        Script([AUDIO, DecodeToken(13), DecodeToken(14)]), Script([AUDIO, AUDIO, Output("fine")])
    )
    assert str(bad.error) == "no"
    assert (good.error, good.outputs) == (None, ["fine"])
    assert len(bench.model.sequences.free) == 2


def test_an_unexpected_failure_becomes_an_engine_error_and_the_next_request_is_served(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.model.fail = lambda step: ZeroDivisionError("secret") if step == DecodeToken(13) else None
    broken, failing, after = bench.submit_while_held(
        Script([DecodeToken(13)]),
        Script([AUDIO], error=KeyError("secret")),
        Script([AUDIO, Output("fine")]),
    )
    for client in (broken, failing):
        assert type(client.error) is EngineError
        assert "secret" not in str(client.error)
    assert after.outputs == ["fine"]
    assert len(bench.model.sequences.free) == 2
    assert "unexpectedly" in caplog.text


def test_a_cancelled_request_does_no_further_step_and_is_told_nothing(bench: Bench) -> None:
    script = Script([AUDIO, DecodeToken(1), Output("never")])
    job, told = bench.submit(script)
    assert bench.model.arrived.acquire(timeout=60)
    bench.scheduler.cancel(job)
    bench.finish_one_more()
    assert [DecodeToken(1)] not in bench.model.turns
    assert script.closed
    assert not told.done.is_set()
    assert told.outputs == []


def test_a_request_that_is_cancelled_while_it_waits_never_starts(bench: Bench) -> None:
    for _ in range(2):
        bench.submit(Script([AUDIO]))
    assert bench.model.arrived.acquire(timeout=60)
    waiting = Script([DecodeToken(1)])
    job, told = bench.submit(waiting)
    bench.scheduler.cancel(job)
    bench.finish_one_more()
    assert [DecodeToken(1)] not in bench.model.turns
    assert not told.done.is_set()


def test_a_request_larger_than_the_context_is_refused_at_once(bench: Bench) -> None:
    with pytest.raises(ContextFullError):
        bench.submit(Script([AUDIO], rows=11))


def test_closing_fails_what_runs_and_what_waits(bench: Bench) -> None:
    clients = [bench.submit(Script([AUDIO, AUDIO]))[1] for _ in range(5)]
    assert bench.model.arrived.acquire(timeout=60)
    bench.scheduler.begin_close()
    # At once, while the model is still at its step.
    assert all(client.done.is_set() and isinstance(client.error, EngineClosedError) for client in clients)
    with pytest.raises(EngineClosedError):
        bench.submit(Script([AUDIO]))


def test_a_model_that_breaks_beyond_repair_ends_the_scheduler_and_tells_everybody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(sequence: Sequence) -> None:
        raise EngineError("cannot be freed")

    monkeypatch.setattr(bench.model.sequences, "give_back", broken)
    clients = [bench.submit(Script([AUDIO]))[1] for _ in range(3)]
    bench.model.gate.set()
    bench.scheduler.ended.result(60)
    assert all(client.done.is_set() for client in clients)
    assert isinstance(clients[-1].error, EngineClosedError)
    assert "has failed" in caplog.text


def test_a_step_that_raises_what_is_no_exception_ends_the_scheduler_and_tells_everybody(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """As a library in Rust does when it panics; the steps know of those that can."""
    bench.model.fail = lambda step: BaseException("panicked")
    clients = [bench.submit(Script([AUDIO]))[1] for _ in range(3)]
    bench.model.gate.set()
    bench.scheduler.ended.result(60)
    assert all(client.done.is_set() and isinstance(client.error, EngineClosedError) for client in clients)
    assert bench.model.closed
    assert "has failed" in caplog.text
    assert "panicked" in caplog.text


def test_closing_gives_up_waiting_for_a_step_that_takes_too_long(bench: Bench) -> None:
    bench.submit(Script([AUDIO]))
    assert bench.model.arrived.acquire(timeout=60)
    assert not bench.scheduler.close(0.01)


def test_a_model_that_cannot_be_opened_says_why() -> None:
    def fail() -> StandIn:
        raise OSError("no such file")

    scheduler: Scheduler[Any] = Scheduler(fail, most_requests=1)
    with pytest.raises(OSError, match="no such file"):
        scheduler.loaded.result(timeout=60)
    with pytest.raises(EngineClosedError):
        scheduler.submit(Script([]), Told())
    assert scheduler.close(60)
