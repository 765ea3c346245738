"""A request on its way through the scheduler, and both of its ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.steps import RequestSteps


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
        self, work: RequestSpec, client: OutputSink, spare: Callable[[], bool] | None = None
    ) -> None:
        """:param spare: whether nobody waits for it at the moment; default: somebody does."""
        self.work = work
        self.client = client
        self.cancelled = False
        self._spare = spare

    @property
    def spare(self) -> bool:
        """Whether it is only done while there is nothing else to do."""
        return self._spare is not None and self._spare()
