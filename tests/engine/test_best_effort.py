"""What nobody waits for, which runs while nothing else does."""

from __future__ import annotations

import pytest

from tests.engine.scheduler_bench import AUDIO, Bench, Script
from wyoming_lfm2.engine.errors import EngineBusyError, GaveWayError
from wyoming_lfm2.engine.requests.steps import DecodeToken, Output


def test_what_nobody_waits_for_is_dropped_before_its_next_step_when_something_comes(bench: Bench) -> None:
    ahead = Script([AUDIO, DecodeToken(1), Output("never")])
    _, told = bench.submit(ahead, lambda: True)
    assert bench.model.arrived.acquire(timeout=60)
    _, other = bench.submit(Script([DecodeToken(2), Output("served")]))
    # At once, while the model is still at its step.
    assert told.done.is_set()
    bench.model.gate.set()
    assert other.done.wait(60)
    assert isinstance(told.error, GaveWayError)
    assert (other.error, other.outputs) == (None, ["served"])
    assert bench.model.turns == [[AUDIO], [DecodeToken(2)]]
    assert ahead.closed


def test_what_nobody_waits_for_is_refused_while_something_is_here(bench: Bench) -> None:
    bench.submit(Script([AUDIO]))
    with pytest.raises(GaveWayError):
        bench.submit(Script([AUDIO]), lambda: True)
    bench.finish_one_more()
    _, told = bench.submit(Script([AUDIO, Output("made")]), lambda: True)
    assert told.done.wait(60)
    assert (told.error, told.outputs) == (None, ["made"])


def test_what_somebody_waits_for_by_now_gives_way_no_longer(bench: Bench) -> None:
    waits = False
    _, told = bench.submit(Script([AUDIO, Output("made")]), lambda: not waits)
    assert bench.model.arrived.acquire(timeout=60)
    waits = True
    bench.finish_one_more()
    assert told.done.wait(60)
    assert (told.error, told.outputs) == (None, ["made"])


def test_what_nobody_waits_for_takes_no_place_of_those_that_may_be_here(bench: Bench) -> None:
    _, told = bench.submit(Script([AUDIO]), lambda: True)
    assert bench.model.arrived.acquire(timeout=60)
    clients = [bench.submit(Script([AUDIO]))[1] for _ in range(8)]
    with pytest.raises(EngineBusyError):
        bench.submit(Script([AUDIO]))
    bench.model.gate.set()
    assert all(client.done.wait(60) and client.error is None for client in clients)
    assert isinstance(told.error, GaveWayError)


def test_what_nobody_waits_for_and_has_no_room_is_dropped(bench: Bench) -> None:
    bench.model.sequences.free.clear()
    _, told = bench.submit(Script([AUDIO]), lambda: True)
    assert told.done.wait(60)
    assert isinstance(told.error, GaveWayError)
