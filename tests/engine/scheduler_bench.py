"""A scheduler on a model that is a stand-in, so that each step is seen, and clients for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.model.kv_cache import Reserve, Sequence
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.steps import Encode, Output, Priority, RequestSteps, Step
from wyoming_lfm2.engine.scheduling.request import Request
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler

AUDIO = Encode(np.zeros(0, np.float32))


class Places:
    """Some sequences and rows, without a model behind them."""

    def __init__(self, count: int, capacity: int) -> None:
        self.count = count
        self.capacity = capacity
        self.rows_taken = 0
        self.free = list(range(count))

    def take(
        self,
        rows: int,
        after: DialogueHistory | None = None,
        *,
        leave: Reserve,
        best_effort: bool = False,
    ) -> Sequence | None:
        if len(self.free) <= leave.sequences or self.rows_taken + rows + leave.rows > self.capacity:
            return None
        self.rows_taken += rows
        return Sequence(self.free.pop(), rows, 0)

    def give_back(self, sequence: Sequence) -> None:
        self.rows_taken -= sequence.reserved
        self.free.append(sequence.id)


class StandIn:
    """Notes each turn; waits at a gate, and fails where it is told to."""

    command_rows = 2

    def __init__(self, sequences: int = 2, rows: int = 10) -> None:
        self.sequences = Places(sequences, rows)
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
    after: DialogueHistory | None = None
    listener: PlaybackClock | None = None
    priority: Priority = Priority.COMMAND
    error: Exception | None = None
    closed: bool = False

    def run(self) -> RequestSteps:
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

    def __init__(self, sequences: int = 2, rows: int = 10, most_requests: int = 8) -> None:
        self.model = StandIn(sequences, rows)
        self.scheduler: Scheduler[Any] = Scheduler(lambda: self.model, most_requests)
        self.scheduler.loaded.result(timeout=60)

    def submit(self, script: Script, best_effort: Callable[[], bool] | None = None) -> tuple[Request, Told]:
        told = Told()
        return self.scheduler.submit(script, told, best_effort), told

    def submit_while_held(self, *scripts: Script) -> list[Told]:
        """Submit all while a first request holds the model, so that they start together."""
        _, first = self.submit(Script([AUDIO]))
        assert self.model.arrived.acquire(timeout=60)
        clients = [self.submit(script)[1] for script in scripts]
        self.model.gate.set()
        for client in [first, *clients]:
            assert client.done.wait(60)
        del self.model.turns[0]
        return clients

    def finish_one_more(self) -> None:
        """Let the model work, and return when a request submitted now is complete."""
        _, told = self.submit(Script([AUDIO]))
        self.model.gate.set()
        assert told.done.wait(60)
