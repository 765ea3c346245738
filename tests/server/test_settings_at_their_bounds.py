"""Whatever number is at whichever of its ends, and whatever is off: requests are answered, or refused with a reason."""

from __future__ import annotations

import pytest

from tests.config.bounds import numbers
from tests.server.conftest import StartPort
from tests.server.stand_ins import hello, silence

SECTIONS = ("hearing", "endpointing", "speaking", "conversation", "service")
CASES = [
    (number.path, value)
    for number in numbers()
    if number.path.startswith(SECTIONS) and not number.inner
    for value in number.ends()[0]
] + [
    ("hearing.speculate_after_s", None),
    ("endpointing.longest_utterance_s", None),
    ("endpointing.no_speech_s", None),
    ("service.idle_timeout_s", None),
]
ANSWERED = ["transcript", "audio-stop", "handled"]
REFUSED = {
    ("hearing.longest_request_s", 1): ["audio-too-long", "audio-stop", "handled"],
    ("speaking.longest_text", 1): ["transcript", "text-too-long", "handled"],
    ("conversation.longest_text", 1): ["transcript", "audio-stop", "not-handled"],
    ("service.connections", 1): ["transcript", "too-many-connections", "too-many-connections"],
}


@pytest.mark.parametrize(("path", "value"), CASES, ids=str)
async def test_a_request_of_each_kind_has_an_end(
    start_port: StartPort, path: str, value: float | None
) -> None:
    section, key = path.split(".")
    sections: dict[str, dict[str, object]] = {"endpointing": {"enabled": True}}
    sections.setdefault(section, {})[key] = value if value is not None else "off"
    port = await start_port(**sections)
    ends = []
    for kind in ("transcribe", "synthesize", "transcript"):
        client = await port.connect()
        if kind == "transcribe":
            await client.send("transcribe")
            await client.send_audio(hello() + silence(0.5))
        else:
            await client.send(kind, text="The light is on. It is green.")
        event = (await client.until("transcript", "audio-stop", "handled", "not-handled", "error"))[-1]
        ends.append(event.data["code"] if event.type == "error" else event.type)
    if (path, value) == ("service.idle_timeout_s", 0.1):  # on a busy machine the test itself may be as slow
        ends = [ANSWERED[number] if end == "idle" else end for number, end in enumerate(ends)]
    assert ends == REFUSED.get((path, value or 0), ANSWERED)
