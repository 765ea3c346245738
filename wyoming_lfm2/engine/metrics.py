"""Numbers about the engine's work, collected where they arise: counters, gauges and how long each stage took.

Written by the worker thread and the threads that ask, with plain assignments; whoever reads gets a number that was
true a moment ago. Nothing is computed unless somebody reads.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from wyoming_lfm2.engine.playback_clock import PlaybackClock

RECENT = 50
"""Requests whose times are kept."""


@dataclass
class Durations:
    """How often something was done and how long it took."""

    count: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Note one more."""
        self.count += 1
        self.total_s += seconds
        self.longest_s = max(self.longest_s, seconds)


class RequestTimes:
    """Where the time of one request went."""

    def __init__(
        self, kind: str, listener: PlaybackClock | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin when it is submitted.

        :param kind: what it is, for example ``Transcription``.
        :param listener: who plays what it makes.
        """
        self.kind = kind
        self.outcome = ""
        """``done``, ``cancelled``, or an error's code; empty while it is here."""
        self.queued_s: float | None = None
        """Until it got its sequence; ``None``: it never did."""
        self.first_output_s: float | None = None
        """Until its first text or sound; ``None``: there was none."""
        self.total_s = 0.0
        self.stages: dict[str, Durations] = {}
        """By the name of the step; one that went along with others counts whole for each of them."""
        self.underruns = 0
        """How often its listener ran dry while it ran."""
        self._listener = listener
        self._underruns = listener.underruns if listener is not None else 0
        self._clock = clock
        self._submitted = clock()

    def note_begun(self) -> None:
        """It has got its sequence."""
        self.queued_s = self._clock() - self._submitted

    def note_output(self) -> None:
        """It gave something out."""
        if self.first_output_s is None:
            self.first_output_s = self._clock() - self._submitted

    def note_step(self, step: str, seconds: float) -> None:
        """One of its steps was carried out."""
        self.stages.setdefault(step, Durations()).add(seconds)

    def note_end(self, outcome: str) -> None:
        """It is over."""
        self.outcome = outcome
        self.total_s = self._clock() - self._submitted
        if self._listener is not None:
            self.underruns = self._listener.underruns - self._underruns
            self._listener = None

    def __str__(self) -> str:
        """One line for a log."""
        parts = [f"{self.kind} {self.outcome} after {_ms(self.total_s)}"]
        if self.queued_s is not None:
            parts.append(f"queued {_ms(self.queued_s)}")
        if self.first_output_s is not None:
            parts.append(f"first output {_ms(self.first_output_s)}")
        parts += [f"{step} {_ms(took.total_s)} in {took.count}" for step, took in self.stages.items()]
        if self.underruns:
            parts.append(f"{self.underruns} underruns")
        return ", ".join(parts)


class EngineMetrics:
    """What the engine has done since it was loaded, and what is in it now."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        """By kind and outcome."""
        self.stages: dict[str, Durations] = {}
        """By the name of the step; several that went together count once."""
        self.underruns = 0
        """Of all listeners."""
        self.queue_length = 0
        """Requests that wait."""
        self.sequences_taken = 0
        """Requests that are in the model's memory."""
        self.rows_taken = 0
        """Rows of context that are set aside for them and for dialogues."""
        self.recent: deque[RequestTimes] = deque(maxlen=RECENT)
        """Of the last requests that are over, the newest last."""

    def note_step(self, step: str, seconds: float) -> None:
        """A step, or several together, was carried out."""
        self.stages.setdefault(step, Durations()).add(seconds)

    def note_end(self, times: RequestTimes) -> None:
        """A request is over."""
        self.requests[times.kind, times.outcome] += 1
        self.underruns += times.underruns
        self.recent.append(times)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
