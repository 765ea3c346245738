"""Home Assistant's timer events, read."""

from __future__ import annotations

from wyoming.event import Event

from wyoming_lfm2.protocol.errors import BadEventError
from wyoming_lfm2.protocol.validation import require
from wyoming_lfm2.satellite.timers import HubTimers, TimerChange, TimerEvent


def timer_event(event: Event, timers: HubTimers, now: float) -> TimerEvent | None:
    """Note what an event says of a timer; None: it is about something else.

    :raises BadEventError: a field is missing or of the wrong type.
    """
    try:
        change = TimerChange(event.type)
    except ValueError:
        return None
    require(event, id=str, name=str, total_seconds=int)
    timer_id, seconds = event.data.get("id"), event.data.get("total_seconds")
    if not timer_id:
        raise BadEventError(f"{event.type} has no id")
    if change in {TimerChange.STARTED, TimerChange.UPDATED} and seconds is None:
        raise BadEventError(f"{event.type} has no total_seconds")
    match change:
        case TimerChange.STARTED:
            return timers.started(timer_id, float(seconds or 0), event.data.get("name") or "", now)
        case TimerChange.UPDATED:
            active = bool(event.data.get("is_active", True))
            return timers.updated(timer_id, float(seconds or 0), now, is_active=active)
    return timers.ended(timer_id, change, now)
