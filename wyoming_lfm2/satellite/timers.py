"""Timers: the satellite's own, and what Home Assistant says of its."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from wyoming_lfm2.satellite.spoken_durations import say_duration
from wyoming_lfm2.satellite.timer_requests import TimerRequest

MOST_TIMERS = 50
LONGEST_S = 7 * 24 * 3600.0


class TimerChange(Enum):
    """What has become of a timer; Wyoming's words."""

    STARTED = "timer-started"
    UPDATED = "timer-updated"
    CANCELLED = "timer-cancelled"
    FINISHED = "timer-finished"


@dataclass(frozen=True)
class Timer:
    """One timer. Times are seconds of the monotonic clock."""

    timer_id: str
    name: str
    """As people call it; may be empty."""
    total_s: float
    ends_at: float
    """Of a paused timer: when it would end if it went on now."""
    paused_at: float | None = None

    def left_s(self, now: float) -> float:
        """How long it still runs, at least 0."""
        return max(0.0, self.ends_at - (now if self.paused_at is None else self.paused_at))

    @property
    def title(self) -> str:
        """Like "pizza timer", or "5 minute timer" if it has no name."""
        if self.name:
            return f"{self.name} timer"
        length = say_duration(self.total_s)
        for unit in ("hour", "minute", "second"):
            length = length.replace(f"{unit}s", unit)
        return f"{length} timer"


@dataclass(frozen=True)
class TimerEvent:
    """Something has become of a timer."""

    change: TimerChange
    timer: Timer


@dataclass(frozen=True)
class TimerReply:
    """What is said to somebody who wanted something of a timer, and what has changed."""

    text: str
    """Empty where a ring says it all: so much time was taken away that the timer is over."""
    events: Sequence[TimerEvent] = ()


class HubTimers:
    """A mirror of Home Assistant's timers of this satellite. It forgets one when it has finished, and so do we."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}

    def started(self, timer_id: str, total_s: float, name: str, now: float) -> TimerEvent:
        """One runs; one that is known starts anew."""
        return self._keep(TimerChange.STARTED, Timer(timer_id, name, total_s, now + total_s))

    def updated(self, timer_id: str, left_s: float, now: float, *, is_active: bool) -> TimerEvent:
        """It has another time left, is paused, or goes on.

        :param left_s: Wyoming's ``total_seconds`` of ``timer-updated``.
        """
        before = self._timers.get(timer_id) or Timer(timer_id, "", left_s, now + left_s)
        paused_at = None if is_active else now
        return self._keep(TimerChange.UPDATED, replace(before, ends_at=now + left_s, paused_at=paused_at))

    def ended(self, timer_id: str, change: TimerChange, now: float) -> TimerEvent:
        """It has been cancelled or has finished; also one that was started before we were connected."""
        timer = self._timers.pop(timer_id, None) or Timer(timer_id, "", 0.0, now)
        return TimerEvent(change, timer)

    def clear(self) -> None:
        """Home Assistant is gone, and tells us nothing more of its timers."""
        self._timers.clear()

    def all(self, now: float) -> Sequence[Timer]:
        """Those that run or are paused, the next to end first."""
        return sorted(self._timers.values(), key=lambda timer: timer.left_s(now))

    def _keep(self, change: TimerChange, timer: Timer) -> TimerEvent:
        self._timers[timer.timer_id] = timer
        return TimerEvent(change, timer)


class LocalTimers:
    """The satellite's own, for where there is no hub. They do not survive a restart."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}
        self._started = 0

    @property
    def next_end(self) -> float | None:
        """When :meth:`finish_due` is to be called; may change with every call."""
        running = (timer.ends_at for timer in self._timers.values() if timer.paused_at is None)
        return min(running, default=None)

    def all(self, now: float) -> Sequence[Timer]:
        """Those that run or are paused, the next to end first."""
        return sorted(self._timers.values(), key=lambda timer: timer.left_s(now))

    def finish_due(self, now: float) -> Sequence[TimerEvent]:
        """Those whose time has come; they are forgotten."""
        due = [timer for timer in self.all(now) if timer.paused_at is None and timer.ends_at <= now]
        for timer in due:
            del self._timers[timer.timer_id]
        return [TimerEvent(TimerChange.FINISHED, timer) for timer in due]

    def answer(self, request: TimerRequest, now: float) -> TimerReply:
        """Do what is wanted, and say so; what cannot be done is said as well."""
        whole = {
            "HassStartTimer": self._start,
            "HassCancelAllTimers": self._cancel_all,
            "HassTimerStatus": self._status,
        }
        if (do := whole.get(request.intent)) is not None:
            return do(request, now)
        chosen = self._choose(request, now)
        return TimerReply(chosen) if isinstance(chosen, str) else self._change(chosen, request, now)

    def _change(self, timer: Timer, request: TimerRequest, now: float) -> TimerReply:
        title = _capital(timer.title)
        match request.intent:
            case "HassCancelTimer":
                del self._timers[timer.timer_id]
                return TimerReply(f"{title} cancelled.", [TimerEvent(TimerChange.CANCELLED, timer)])
            case "HassPauseTimer":
                paused_at = now if timer.paused_at is None else timer.paused_at
                return self._updated(replace(timer, paused_at=paused_at), f"{title} paused.")
            case "HassUnpauseTimer":
                ends_at = now + timer.left_s(now)
                return self._updated(replace(timer, ends_at=ends_at, paused_at=None), f"{title} resumed.")
        return self._lengthen(timer, request, now)

    def _start(self, request: TimerRequest, now: float) -> TimerReply:
        if not request.duration_s:
            return TimerReply("For how long? Say for example: set a timer for five minutes.")
        if request.duration_s > LONGEST_S:
            return TimerReply("That is too long for a timer: a week is the most.")
        if len(self._timers) >= MOST_TIMERS:
            return TimerReply(f"There are already {MOST_TIMERS} timers.")
        self._started += 1
        timer = Timer(f"local-{self._started}", request.name, request.duration_s, now + request.duration_s)
        self._timers[timer.timer_id] = timer
        name = f"{_capital(request.name)} timer" if request.name else "Timer"
        text = f"{name} set for {say_duration(request.duration_s)}."
        return TimerReply(text, [TimerEvent(TimerChange.STARTED, timer)])

    def _cancel_all(self, _request: TimerRequest, now: float) -> TimerReply:
        gone = self.all(now)
        self._timers.clear()
        text = {0: "There is no timer.", 1: "Timer cancelled."}.get(
            len(gone), f"{len(gone)} timers cancelled."
        )
        return TimerReply(text, [TimerEvent(TimerChange.CANCELLED, timer) for timer in gone])

    def _status(self, request: TimerRequest, now: float) -> TimerReply:
        matching = self._matching(request, now)
        if not matching:
            return TimerReply(self._none_such(request))
        said = []
        for timer in matching:
            paused = ", and is paused" if timer.paused_at is not None else ""
            said.append(f"The {timer.title} has {say_duration(timer.left_s(now))} left{paused}.")
        return TimerReply(" ".join(said))

    def _lengthen(self, timer: Timer, request: TimerRequest, now: float) -> TimerReply:
        if not request.duration_s:
            return TimerReply("By how much? Say for example: add five minutes to the timer.")
        by = request.duration_s if request.intent == "HassIncreaseTimer" else -request.duration_s
        left = timer.left_s(now) + by
        if left > LONGEST_S:
            return TimerReply("That is too long for a timer: a week is the most.")
        timer = replace(timer, ends_at=max(timer.ends_at + by, now))
        return self._updated(timer, f"The {timer.title} has {say_duration(left)} left." if left > 0 else "")

    def _updated(self, timer: Timer, text: str) -> TimerReply:
        self._timers[timer.timer_id] = timer
        return TimerReply(text, [TimerEvent(TimerChange.UPDATED, timer)])

    def _matching(self, request: TimerRequest, now: float) -> Sequence[Timer]:
        return [
            timer
            for timer in self.all(now)
            if (not request.name or timer.name == request.name)
            and (not request.start_s or timer.total_s == request.start_s)
        ]

    def _choose(self, request: TimerRequest, now: float) -> Timer | str:
        """The one that is meant, or a sentence that says why it is not known."""
        matching = self._matching(request, now)
        if len(matching) == 1:
            return matching[0]
        if not matching:
            return self._none_such(request)
        titles = [f"the {timer.title}" for timer in matching]
        if len(set(titles)) == 1:
            return matching[0]  # nobody could say which: the next to end
        return f"Which timer: {', '.join(titles[:-1])} or {titles[-1]}?"

    def _none_such(self, request: TimerRequest) -> str:
        if not self._timers or not (request.name or request.start_s):
            return "There is no timer."
        return f"There is no {Timer('', request.name, request.start_s, 0.0).title}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
