"""Asking the port to speak or to answer, and what to make of what comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
from wyoming.event import Event

from tests.server.stand_ins import RawClient, types


def sound(events: list[Event]) -> bytes:
    return b"".join(event.payload or b"" for event in events if event.type == "audio-chunk")


def loud(pcm: bytes) -> bool:
    return bool(np.abs(np.frombuffer(pcm, "<i2")).max(initial=0) > 1000)


async def say(client: RawClient, text: str, **data: Any) -> list[Event]:
    await client.send("synthesize", text=text, **data)
    return await client.until("audio-stop")


async def ask(client: RawClient, text: str, **data: Any) -> list[Event]:
    await client.send("transcript", text=text, **data)
    return await client.until("handled-stop")


def answer(events: list[Event]) -> Event:
    """The one that counts, of a complete answer whose fragments, joined, are all of it."""
    assert types(events)[0] == "handled-start"
    assert types(events)[-1] == "handled-stop"
    (final,) = [event for event in events if event.type in ("handled", "not-handled")]
    assert events[-2] is final
    assert set(types(events)[1:-2]) == {"handled-chunk"}
    assert "".join(event.data["text"] for event in events[1:-2]) == final.data["text"]
    return final
