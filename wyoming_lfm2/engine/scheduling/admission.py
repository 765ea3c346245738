"""Which of the requests that wait is begun next, and what it leaves free for those that somebody waits for sooner."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from wyoming_lfm2.engine.model.kv_cache import KvCache, Reserve, Sequence
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.steps import Priority
from wyoming_lfm2.engine.scheduling.request import Request

MOST_OVERTAKEN = 8
"""A request that so many later ones were begun before is next, whatever its priority."""

RUNNING_DRY_S = 2.0
"""Sound ahead below which somebody who listens already gets the next sentence before others get their first."""

_FRAME_S = 0.08
"""Seconds of sound in an audio frame."""

_SHARE = 0.9
"""Part of the time that speech in real time may take; the rest is for what comes in between."""

_FURTHER = 0.6
"""Time that one more sentence adds to an audio frame, for 1 of the first; see :class:`SpeechPace`."""

_WEIGHT = 0.1
"""Of a new measurement in the mean."""


class SpeechPace:
    """How many sentences this machine speaks at once in real time, found out from how long audio frames take.

    An audio frame of ``n`` sentences takes less than ``n`` times as long as that of one, because the weights are read
    once for all of them. Each further one adds 0.3 to 0.5 with nano (Q8_0), 0.8 with the 1.5B shape (Q4_0, 133 ms for
    four and 38 ms for one), on two cores. Counted are 0.6: two of the large shape are let in, and four of a small one.
    """

    def __init__(self) -> None:
        self._alone_s: float | None = None

    def note(self, together: int, seconds: float) -> None:
        """Note how long one audio frame of each of ``together`` sentences took."""
        alone_s = seconds / (1 + _FURTHER * (together - 1))
        before = alone_s if self._alone_s is None else self._alone_s
        self._alone_s = before + _WEIGHT * (alone_s - before)

    def has_room(self, speaking: int) -> bool:
        """Whether one more can be spoken in real time beside ``speaking``; the first may take what it takes."""
        if not speaking:
            return True
        # Before the first audio frame nothing is known; it comes soon.
        return self._alone_s is not None and self._alone_s * (1 + _FURTHER * speaking) <= _SHARE * _FRAME_S


class Running(Protocol):
    """What is looked at of a request that has been begun."""

    @property
    def priority(self) -> Priority:
        """Its kind."""
        ...

    @property
    def listener(self) -> PlaybackClock | None:
        """Who plays what it makes."""
        ...


class AdmissionQueue:
    """Requests that wait, and the order in which they get a sequence.

    By priority, and first come, first served within one; of speech, what somebody who listens already is about to need
    comes first. Speech leaves one sequence and the rows of a command free, and with four sequences or more another
    sequence for an answer; an answer leaves them for a command. So a command waits for other commands only. Speech also
    waits for as long as one sentence more would make all of them stutter. Whoever was overtaken :data:`MOST_OVERTAKEN`
    times is overtaken no more, but by commands in what is left for them anyway.
    """

    def __init__(self) -> None:
        self.pace = SpeechPace()
        self._waiting: list[Request] = []

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[Request]:
        """Those that wait, as they came."""
        return iter(self._waiting)

    def add(self, request: Request) -> None:
        """One more waits."""
        self._waiting.append(request)

    def discard(self, request: Request) -> None:
        """It waits no longer, if it did."""
        if request in self._waiting:
            self._waiting.remove(request)

    def admit(
        self, cache: KvCache, command_rows: int, running: Collection[Running]
    ) -> tuple[Request, Sequence | None] | None:
        """Take the next one out of the queue with the sequence that it gets; ``None`` if none can begin now.

        :param command_rows: rows of context that the longest command takes.
        :param running: all that have a sequence.
        :returns: no sequence for a best-effort request: there is no room, and it is not to wait.
        """
        blocked = False
        for request in self._in_order():
            spec = request.spec
            if blocked and (spec.priority is not Priority.COMMAND or _commands(running) >= _reserved(cache)):
                continue
            if spec.priority is Priority.SPEECH and not self.pace.has_room(_speaking(running)):
                continue
            leave = _left_free(spec.priority, spec.rows, cache, command_rows, running)
            best_effort = request.best_effort
            sequence = None
            if leave is not None:
                sequence = cache.take(spec.rows, spec.after, leave=leave, best_effort=best_effort)
            if sequence is None and not best_effort:
                blocked = blocked or request.overtaken >= MOST_OVERTAKEN
                continue
            self._begin(request)
            return request, sequence
        return None

    def _in_order(self) -> list[Request]:
        def key(request: Request) -> tuple[bool, int, int]:
            return request.overtaken < MOST_OVERTAKEN, request.spec.priority, _patience(request)

        # Stable: those that are alike stay as they came.
        return sorted(self._waiting, key=key)

    def _begin(self, request: Request) -> None:
        place = self._waiting.index(request)
        for other in self._waiting[:place]:
            other.overtaken += 1
        del self._waiting[place]


def _patience(request: Request) -> int:
    """How long a listener can wait, of three classes: about to run dry, not begun, sound ahead."""
    listener = request.spec.listener
    if listener is None or not listener.begun:
        return 1
    return 0 if listener.lead_s() < RUNNING_DRY_S else 2


def _speaking(running: Collection[Running]) -> int:
    return sum(other.priority is Priority.SPEECH or other.listener is not None for other in running)


def _commands(running: Collection[Running]) -> int:
    return sum(other.priority is Priority.COMMAND for other in running)


def _reserved(cache: KvCache) -> int:
    """Sequences that only commands take."""
    return 1 if cache.count > 1 else 0


def _left_free(
    priority: Priority, rows: int, cache: KvCache, command_rows: int, running: Collection[Running]
) -> Reserve | None:
    """What a request of ``priority`` must leave; ``None`` if it has to wait until it is alone."""
    if priority is Priority.COMMAND or cache.count == 1:
        return Reserve()
    sequences = 2 if priority is Priority.SPEECH and cache.count >= 4 else 1
    if rows + command_rows <= cache.capacity:
        return Reserve(sequences, command_rows)
    # The context is too small to leave anything. It would never begin otherwise.
    return None if running else Reserve(sequences, 0)
