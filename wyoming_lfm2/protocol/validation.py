"""From an event to one of the library's dataclasses, without trusting its fields."""

from __future__ import annotations

from typing import TypeVar

from wyoming.event import Event, Eventable

from wyoming_lfm2.protocol.errors import BadEventError

EventableT = TypeVar("EventableT", bound=Eventable)


def parse(kind: type[EventableT], event: Event) -> EventableT:
    """The event as ``kind``, whose ``from_event`` looks up required fields unchecked.

    :raises BadEventError: a required field is missing.
    """
    try:
        parsed = kind.from_event(event)
    except KeyError as error:
        raise BadEventError(f"{event.type} has no {error.args[0]}") from None
    assert isinstance(parsed, kind)
    return parsed


def require(event: Event, **kinds: type) -> None:
    """Refuse fields of the wrong JSON type; an absent or null field is fine.

    :raises BadEventError: naming the first such field.
    """
    for key, kind in kinds.items():
        value = event.data.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise BadEventError(f"{key} of {event.type} has the wrong type")
