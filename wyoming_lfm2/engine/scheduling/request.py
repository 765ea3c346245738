"""A request on its way through the scheduler: what is asked, that it was asked, and where it is while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.metrics import RequestTimes
from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.steps import Output, Priority, RequestSteps, Step


class RequestSpec(Protocol):
    """A request that has not started."""

    @property
    def rows(self) -> int:
        """Rows of context that it takes at most, those of the dialogue before it included."""
        ...

    @property
    def after(self) -> DialogueHistory | None:
        """The dialogue that it goes on with, which may be in memory; ``None`` for one that begins anew."""
        ...

    @property
    def listener(self) -> PlaybackClock | None:
        """Who plays what it makes while it is made; ``None`` if nobody does."""
        ...

    @property
    def priority(self) -> Priority:
        """Which of those that wait it goes before."""
        ...

    def run(self) -> RequestSteps:
        """Start it."""
        ...


class OutputSink(Protocol):
    """Where a request's outputs go. Called on the worker thread; must not block or raise."""

    def output(self, value: Any) -> None:
        """Take one output."""
        ...

    def finished(self, error: EngineError | None) -> None:
        """No more will come; ``error`` says why, if it is not for good."""
        ...


class Request:
    """One submitted request."""

    def __init__(
        self, spec: RequestSpec, sink: OutputSink, best_effort: Callable[[], bool] | None = None
    ) -> None:
        """:param best_effort: whether nobody waits for it at the moment; default: somebody does."""
        self.spec = spec
        self.sink = sink
        self.cancelled = False
        self.overtaken = 0
        """How many that came later were begun before it."""
        self.times = RequestTimes(type(spec).__name__, spec.listener)
        self._best_effort = best_effort

    @property
    def best_effort(self) -> bool:
        """Whether it is only done while there is nothing else to do."""
        return self._best_effort is not None and self._best_effort()


class RunningRequest:
    """A request that holds a sequence, and the step it wants to do next."""

    def __init__(self, request: Request, sequence: Sequence) -> None:
        self.request = request
        self.sequence = sequence
        self.listener = request.spec.listener
        self.priority = request.spec.priority
        self.step: Step
        self._steps = request.spec.run()

    def advance(self, result: Any) -> bool:
        """Go on with a step's result up to the next step; false when the request is complete."""
        try:
            item = self._steps.send(result)
            while isinstance(item, Output):
                self.request.times.note_output()
                self.request.sink.output(item.value)
                item = self._steps.send(None)
        except StopIteration:
            return False
        self.step = item
        return True

    def close(self) -> None:
        """End it where it is."""
        self._steps.close()
