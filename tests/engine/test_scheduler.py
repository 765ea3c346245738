"""Turns and failures, with a model that is a stand-in, so that each step is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from wyoming_lfm2.engine.errors import (
    ContextFullError,
    EngineBusyError,
    EngineClosedError,
    EngineError,
    GaveWayError,
)
from wyoming_lfm2.engine.history import History
from wyoming_lfm2.engine.playback import Playback
from wyoming_lfm2.engine.request import Job
from wyoming_lfm2.engine.scheduler import Scheduler
from wyoming_lfm2.engine.sequences import Sequence
from wyoming_lfm2.engine.steps import DecodeToken, Encode, Output, Request, Step

_AUDIO = Encode(np.zeros(0, np.float32))


class Places:
    """Two sequences and ten rows."""

    capacity = 10

    def __init__(self) -> None:
        self.free = [0, 1]

    def take(self, rows: int, after: History | None = None, *, spare: bool = False) -> Sequence | None:
        return Sequence(self.free.pop(), rows, 0) if self.free else None

    def give_back(self, sequence: Sequence) -> None:
        self.free.append(sequence.id)


class StandIn:
    """Notes each turn; waits at a gate, and fails where it is told to."""

    def __init__(self) -> None:
        self.sequences = Places()
        self.turns: list[list[Step]] = []
        self.gate = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.fail: Callable[[Step], BaseException | None] = lambda step: None
        self.closed = False

    def run(self, turn: Items[tuple[Sequence, Step]]) -> Items[Any]:
        self.arrived.release()
        self.gate.wait()
        self.turns.append([step for _, step in turn])
        for _, step in turn:
            if error := self.fail(step):
                raise error
        return [step for _, step in turn]

    def close(self) -> None:
        self.closed = True


@dataclass
class Told:
    """A client that keeps what it is told."""

    outputs: list[str] = field(default_factory=list)
    error: EngineError | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def output(self, value: str) -> None:
        self.outputs.append(value)

    def finished(self, error: EngineError | None) -> None:
        self.error = error
        self.done.set()


@dataclass
class Script:
    """A request that yields what it is given, and may raise at the end."""

    items: list[Step | Output]
    rows: int = 1
    after: History | None = None
    listener: Playback | None = None
    error: Exception | None = None
    closed: bool = False

    def run(self) -> Request:
        try:
            for item in self.items:
                result = yield item
                assert result is (None if isinstance(item, Output) else item)
            if self.error:
                raise self.error
        finally:
            self.closed = True


class Bench:
    """A scheduler on a stand-in, and clients for what is submitted."""

    def __init__(self) -> None:
        self.model = StandIn()
        self.scheduler: Scheduler[Any] = Scheduler(lambda: self.model, most_jobs=8)
        self.scheduler.loaded.result(timeout=60)

    def submit(self, script: Script, spare: Callable[[], bool] | None = None) -> tuple[Job, Told]:
        told = Told()
        return self.scheduler.submit(script, told, spare), told

    def submit_while_held(self, *scripts: Script) -> list[Told]:
        """Submit all while a first request holds the model, so that they start together."""
        _, first = self.submit(Script([_AUDIO]))
        assert self.model.arrived.acquire(timeout=60)
        clients = [self.submit(script)[1] for script in scripts]
        self.model.gate.set()
        for client in [first, *clients]:
            assert client.done.wait(60)
        del self.model.turns[0]
        return clients

    def finish_one_more(self) -> None:
        """Let the model work, and return when a request submitted now is complete."""
        _, told = self.submit(Script([_AUDIO]))
        self.model.gate.set()
        assert told.done.wait(60)


@pytest.fixture
def bench() -> Any:
    bench = Bench()
    yield bench
    bench.model.gate.set()
    assert bench.scheduler.close(60)
    assert bench.model.closed


def test_requests_take_turns_step_by_step(bench: Bench) -> None:
    first, second = Encode(np.zeros(1, np.float32)), Encode(np.zeros(2, np.float32))
    bench.submit_while_held(Script([first] * 3), Script([second] * 2))
    assert bench.model.turns == [[first], [second], [first], [second], [first]]


def test_tokens_of_several_requests_are_decoded_together(bench: Bench) -> None:
    bench.submit_while_held(
        Script([DecodeToken(1), DecodeToken(2)]), Script([DecodeToken(3), _AUDIO, DecodeToken(4)])
    )
    assert bench.model.turns == [
        [DecodeToken(1), DecodeToken(3)],
        [DecodeToken(2)],
        [_AUDIO],
        [DecodeToken(4)],
    ]


def test_outputs_come_in_order_and_take_no_turn(bench: Bench) -> None:
    (client,) = bench.submit_while_held(Script([Output("a"), _AUDIO, Output("b"), Output("c")]))
    assert client.outputs == ["a", "b", "c"]
    assert client.error is None
    assert bench.model.turns == [[_AUDIO]]


def test_a_failing_step_fails_its_request_and_frees_its_sequence(bench: Bench) -> None:
    bench.model.fail = lambda step: EngineError("no") if step == DecodeToken(13) else None
    bad, good = bench.submit_while_held(
        Script([_AUDIO, DecodeToken(13), DecodeToken(14)]), Script([_AUDIO, _AUDIO, Output("fine")])
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
        Script([_AUDIO], error=KeyError("secret")),
        Script([_AUDIO, Output("fine")]),
    )
    for client in (broken, failing):
        assert type(client.error) is EngineError
        assert "secret" not in str(client.error)
    assert after.outputs == ["fine"]
    assert len(bench.model.sequences.free) == 2
    assert "unexpectedly" in caplog.text


def test_a_cancelled_request_does_no_further_step_and_is_told_nothing(bench: Bench) -> None:
    script = Script([_AUDIO, DecodeToken(1), Output("never")])
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
        bench.submit(Script([_AUDIO]))
    assert bench.model.arrived.acquire(timeout=60)
    waiting = Script([DecodeToken(1)])
    job, told = bench.submit(waiting)
    bench.scheduler.cancel(job)
    bench.finish_one_more()
    assert [DecodeToken(1)] not in bench.model.turns
    assert not told.done.is_set()


def test_a_request_larger_than_the_context_is_refused_at_once(bench: Bench) -> None:
    with pytest.raises(ContextFullError):
        bench.submit(Script([_AUDIO], rows=11))


def test_what_nobody_waits_for_is_dropped_before_its_next_step_when_something_comes(bench: Bench) -> None:
    spare = Script([_AUDIO, DecodeToken(1), Output("never")])
    _, told = bench.submit(spare, lambda: True)
    assert bench.model.arrived.acquire(timeout=60)
    _, other = bench.submit(Script([DecodeToken(2), Output("served")]))
    # At once, while the model is still at its step.
    assert told.done.is_set()
    bench.model.gate.set()
    assert other.done.wait(60)
    assert isinstance(told.error, GaveWayError)
    assert (other.error, other.outputs) == (None, ["served"])
    assert bench.model.turns == [[_AUDIO], [DecodeToken(2)]]
    assert spare.closed


def test_what_nobody_waits_for_is_refused_while_something_is_here(bench: Bench) -> None:
    bench.submit(Script([_AUDIO]))
    with pytest.raises(GaveWayError):
        bench.submit(Script([_AUDIO]), lambda: True)
    bench.finish_one_more()
    _, told = bench.submit(Script([_AUDIO, Output("made")]), lambda: True)
    assert told.done.wait(60)
    assert (told.error, told.outputs) == (None, ["made"])


def test_what_somebody_waits_for_by_now_gives_way_no_longer(bench: Bench) -> None:
    waits = False
    _, told = bench.submit(Script([_AUDIO, Output("made")]), lambda: not waits)
    assert bench.model.arrived.acquire(timeout=60)
    waits = True
    bench.finish_one_more()
    assert told.done.wait(60)
    assert (told.error, told.outputs) == (None, ["made"])


def test_what_nobody_waits_for_takes_no_place_of_those_that_may_be_here(bench: Bench) -> None:
    _, told = bench.submit(Script([_AUDIO]), lambda: True)
    assert bench.model.arrived.acquire(timeout=60)
    clients = [bench.submit(Script([_AUDIO]))[1] for _ in range(8)]
    with pytest.raises(EngineBusyError):
        bench.submit(Script([_AUDIO]))
    bench.model.gate.set()
    assert all(client.done.wait(60) and client.error is None for client in clients)
    assert isinstance(told.error, GaveWayError)


def test_what_nobody_waits_for_and_has_no_room_is_dropped(bench: Bench) -> None:
    bench.model.sequences.free.clear()
    _, told = bench.submit(Script([_AUDIO]), lambda: True)
    assert told.done.wait(60)
    assert isinstance(told.error, GaveWayError)


def test_closing_fails_what_runs_and_what_waits(bench: Bench) -> None:
    clients = [bench.submit(Script([_AUDIO, _AUDIO]))[1] for _ in range(5)]
    assert bench.model.arrived.acquire(timeout=60)
    bench.scheduler.begin_close()
    # At once, while the model is still at its step.
    assert all(client.done.is_set() and isinstance(client.error, EngineClosedError) for client in clients)
    with pytest.raises(EngineClosedError):
        bench.submit(Script([_AUDIO]))


def test_a_model_that_breaks_beyond_repair_ends_the_scheduler_and_tells_everybody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(sequence: Sequence) -> None:
        raise EngineError("cannot be freed")

    monkeypatch.setattr(bench.model.sequences, "give_back", broken)
    clients = [bench.submit(Script([_AUDIO]))[1] for _ in range(3)]
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
    clients = [bench.submit(Script([_AUDIO]))[1] for _ in range(3)]
    bench.model.gate.set()
    bench.scheduler.ended.result(60)
    assert all(client.done.is_set() and isinstance(client.error, EngineClosedError) for client in clients)
    assert bench.model.closed
    assert "has failed" in caplog.text
    assert "panicked" in caplog.text


def test_closing_gives_up_waiting_for_a_step_that_takes_too_long(bench: Bench) -> None:
    bench.submit(Script([_AUDIO]))
    assert bench.model.arrived.acquire(timeout=60)
    assert not bench.scheduler.close(0.01)


def test_a_model_that_cannot_be_opened_says_why() -> None:
    def fail() -> StandIn:
        raise OSError("no such file")

    scheduler: Scheduler[Any] = Scheduler(fail, most_jobs=1)
    with pytest.raises(OSError, match="no such file"):
        scheduler.loaded.result(timeout=60)
    with pytest.raises(EngineClosedError):
        scheduler.submit(Script([]), Told())
    assert scheduler.close(60)
