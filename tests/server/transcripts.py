"""What comes back for speech."""

from __future__ import annotations

from wyoming.event import Event

from tests.server.stand_ins import RawClient, types

WHOLE_ANSWER = ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]


def spoken(events: list[Event]) -> str:
    """The transcript, after a look at its chunks: joined they are the same text (A5)."""
    (text,) = [event.data["text"] for event in events if event.type == "transcript"]
    assert "".join(event.data["text"] for event in events if event.type == "transcript-chunk") == text
    assert types(events)[0] == "transcript-start"
    assert types(events)[-2:] == ["transcript", "transcript-stop"]
    assert isinstance(text, str)
    return text


async def answer(client: RawClient) -> str:
    """One whole answer."""
    return spoken(await client.until("transcript-stop"))
