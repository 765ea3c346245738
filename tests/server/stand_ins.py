"""A model that is not there, and a client that says what it likes."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import AsyncGenerator
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wyoming.event import Event, async_read_event

from wyoming_lfm2.engine.api import SAMPLE_RATE, EngineInfo

GUARD_S = 60.0
"""Nothing in these tests takes seconds; whatever waits this long hangs."""

FORMAT: dict[str, Any] = {"rate": 16000, "width": 2, "channels": 1}
"""What Home Assistant sends."""


MAKER = ("Somebody", "https://example.org/stand-in")
"""Of the stand-ins, and where they are to be found."""


def hello() -> bytes:
    """A second of speech, 16 kHz, 16 bit, mono."""
    with files("wyoming_lfm2.protocol").joinpath("hello.wav").open("rb") as file, wave.open(file) as wav:
        unsigned = np.frombuffer(wav.readframes(wav.getnframes()), dtype=np.uint8)
    return ((unsigned.astype(np.int16) - 128) * 256).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    """16 kHz, 16 bit, mono."""
    return bytes(2 * int(SAMPLE_RATE * seconds))


class StandInTranscriber:
    """Hears the same words in every piece; can be held up, and can fail."""

    def __init__(self) -> None:
        self.words = ["Turn on", " the", " light."]
        self.error: Exception | None = None
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.started = 0
        self.running = 0
        self.completed = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self.at_work = asyncio.Event()
        self.languages: tuple[str, ...] = ("en",)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "stand-in", "Always hears the same", "1", self.languages, *MAKER, longest_piece_s=30.0
        )

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        self.started += 1
        self.running += 1
        self.idle.clear()
        self.at_work.set()
        try:
            await self.may_go_on.wait()
            if self.error is not None:
                raise self.error
            for word in self.words:
                await asyncio.sleep(0)
                yield word
            self.completed += 1
        finally:
            self.running -= 1
            if not self.running:
                self.at_work.clear()
                self.idle.set()


class RawClient:
    """Writes events or anything else; reads with the library's own reader."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, event_type: str, payload: bytes = b"", **data: object) -> None:
        block = json.dumps(data).encode() if data else b""
        header: dict[str, object] = {"type": event_type, "version": "1.10.2"}
        if block:
            header["data_length"] = len(block)
        if payload:
            header["payload_length"] = len(payload)
        await self.send_raw(json.dumps(header).encode() + b"\n" + block + payload)

    async def send_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def send_audio(self, pcm: bytes, chunk: int = 320) -> None:
        """Audio in Home Assistant's 10 ms chunks, from audio-start to audio-stop."""
        await self.send("audio-start", **FORMAT, timestamp=None)
        await self.send_chunks(pcm, chunk)
        await self.send("audio-stop", timestamp=None)

    async def send_chunks(self, pcm: bytes, chunk: int = 320) -> None:
        for begin in range(0, len(pcm), chunk):
            await self.send("audio-chunk", pcm[begin : begin + chunk], **FORMAT, timestamp=None)

    async def event(self) -> Event | None:
        """The next event, None at the end."""
        async with asyncio.timeout(GUARD_S):
            try:
                return await async_read_event(self.reader)
            except ConnectionResetError:
                return None

    async def until(self, *event_types: str) -> list[Event]:
        """All events up to and with this one, or the first of these."""
        events: list[Event] = []
        while not events or events[-1].type not in event_types:
            event = await self.event()
            assert event is not None, f"closed before {event_types}, after {[e.type for e in events]}"
            events.append(event)
        return events

    async def rest(self) -> list[Event]:
        """All events until the server closes."""
        events: list[Event] = []
        while (event := await self.event()) is not None:
            events.append(event)
        return events

    async def rest_of_broken_sound(self) -> list[Event]:
        """All events until the server ends the connection inside of one, as it does after an error in tts."""
        events: list[Event] = []
        try:
            while (event := await self.event()) is not None:
                events.append(event)
        except asyncio.IncompleteReadError:
            return events
        raise AssertionError(f"the connection ended in order, after {types(events)}")

    async def answers_ping(self, text: str = "still there?") -> None:
        """Assert that the next event is the pong, so that nothing else was sent before it."""
        await self.send("ping", text=text)
        event = await self.event()
        assert event is not None
        assert (event.type, event.data["text"]) == ("pong", text)

    async def hang_up(self) -> None:
        self.writer.transport.abort()
        await asyncio.sleep(0)


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]
