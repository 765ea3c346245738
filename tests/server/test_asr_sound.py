"""What may be sent as sound: chunks and formats of any kind, silence, nothing at all, too much (A3, A4)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import FORMAT, hello, silence, types
from tests.server.transcripts import answer, spoken


async def test_chunks_without_audio_start_are_heard(port: Port) -> None:
    """A3."""
    client = await port.connect()
    await client.send_chunks(hello())
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


async def test_a_chunk_of_no_bytes_and_chunks_of_odd_bytes_are_heard(port: Port) -> None:
    """A3: what is left of a frame waits for the next chunk."""
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send("audio-chunk", **FORMAT)
    await client.send_chunks(hello(), chunk=333)
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


def converted(rate: int, width: int, channels: int) -> bytes:
    """The spoken word in another format: repeated or dropped samples are good enough to be speech."""
    samples = np.frombuffer(hello(), dtype="<i2").astype(np.float64) / 32768
    positions = np.arange(0, len(samples) - 1, 16000 / rate)
    samples = np.interp(positions, np.arange(len(samples)), samples)
    samples = np.repeat(samples, channels)
    if width == 1:
        return (samples * 127 + 128).astype(np.uint8).tobytes()
    scaled = (samples * (2 ** (8 * width - 1) - 1)).astype("<i4")
    return scaled.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(8000, 1, 1), (11025, 2, 1), (16000, 2, 2), (22050, 2, 1), (44100, 3, 2), (48000, 4, 2)],
)
async def test_other_formats_are_converted(port: Port, rate: int, width: int, channels: int) -> None:
    """A3; HA: any PCM."""
    client = await port.connect()
    fmt = {"rate": rate, "width": width, "channels": channels}
    pcm = converted(rate, width, channels)
    await client.send("audio-start", **fmt)
    for begin in range(0, len(pcm), 1024):
        await client.send("audio-chunk", pcm[begin : begin + 1024], **fmt)
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


async def test_the_whole_utterance_may_come_in_one_chunk(port: Port) -> None:
    client = await port.connect()
    await client.send("audio-chunk", hello() + silence(5), **FORMAT)
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


@pytest.mark.parametrize(
    "fmt",
    [
        {"rate": 0, "width": 2, "channels": 1},
        {"rate": 16000, "width": 8, "channels": 1},
        {"rate": 16000, "width": 2, "channels": 6},
        {"rate": -16000, "width": 2, "channels": 1},
        {"rate": 10**30, "width": 2, "channels": 1},
        {"rate": "16000", "width": 2, "channels": 1},
        {"rate": True, "width": 2, "channels": 1},
        {"rate": None, "width": 2, "channels": 1},
        {"rate": 16000.5, "width": 2, "channels": [1]},
    ],
)
@pytest.mark.parametrize("event_type", ["audio-start", "audio-chunk"])
async def test_a_format_that_is_none_is_an_error(port: Port, fmt: dict[str, object], event_type: str) -> None:
    """A3, A4."""
    client = await port.connect()
    await client.send(event_type, hello(), **fmt)
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "audio-format")


async def test_silence_has_an_empty_transcript_and_never_reaches_the_model(port: Port) -> None:
    """A4; users' row 25: silence becomes "Thank you" elsewhere."""
    client = await port.connect()
    await client.send_audio(silence(2))
    events = await client.until("transcript-stop")
    assert types(events) == ["transcript-start", "transcript", "transcript-stop"]
    assert spoken(events) == ""
    assert not port.transcriber.started
    await client.answers_ping()


async def test_no_audio_at_all_has_an_empty_transcript(port: Port) -> None:
    """A4: start and stop with nothing between; then even without a start."""
    client = await port.connect()
    await client.send_audio(b"")
    assert await answer(client) == ""
    await client.send("transcribe", language="en")
    await client.send("audio-stop")
    assert await answer(client) == ""


async def test_audio_stop_as_the_first_event_has_an_empty_transcript(port: Port) -> None:
    """A4: whoever waits for a transcript gets one."""
    client = await port.connect()
    await client.send("audio-stop")
    assert await answer(client) == ""


async def test_a_second_audio_stop_has_no_second_transcript(port: Port) -> None:
    """A4: exactly once."""
    client = await port.connect()
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."
    await client.send("audio-stop")
    await client.send("audio-stop")
    await client.answers_ping()


async def test_a_model_that_writes_nothing_has_an_empty_transcript(port: Port) -> None:
    """A4."""
    port.transcriber.words = []
    client = await port.connect()
    await client.send_audio(hello())
    assert await answer(client) == ""


async def test_audio_over_the_limit_is_an_error(start_port: StartPort) -> None:
    """A4, bounded memory."""
    port = await start_port(hearing={"longest_request_s": 2})
    client = await port.connect()
    await client.send_audio(silence(2.5))
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "audio-too-long")
