from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from wyoming.audio import AudioChunk
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.wake import Detect, Detection

from wyoming_lfm2.satellite import wyoming_wake_word
from wyoming_lfm2.satellite.wake_word import Detection as Found
from wyoming_lfm2.satellite.wake_word import WakeWordError, WakeWordSettings
from wyoming_lfm2.satellite.wyoming_wake_word import WyomingWakeWords

FRAME = np.arange(512, dtype=np.int16)
WORDS = [WakeWordSettings("okay_nabu", pipeline="english"), WakeWordSettings("hey_jarvis")]


class Service:
    """Finds a word in each tenth frame."""

    def __init__(self, answer: Callable[[AudioChunk], Event] | None = None) -> None:
        self.events: list[Event] = []
        self.answer = answer or (lambda chunk: Detection("okay_nabu", chunk.timestamp).event())
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        with suppress(ConnectionError):
            while (event := await async_read_event(reader)) is not None:
                self.events.append(event)
                chunks = sum(AudioChunk.is_type(each.type) for each in self.events)
                if AudioChunk.is_type(event.type) and chunks % 10 == 0:
                    await async_write_event(self.answer(AudioChunk.from_event(event)), writer)
        writer.close()


@asynccontextmanager
async def service(path: Path, **answer: Callable[[AudioChunk], Event]) -> AsyncIterator[Service]:
    it = Service(**answer)
    server = await asyncio.start_unix_server(it.serve, path)
    try:
        yield it
    finally:
        server.close()
        if it.writer is not None:
            it.writer.close()


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[WyomingWakeWords]:
    it = WyomingWakeWords(f"unix://{path}", WORDS)
    task = asyncio.create_task(it.run())
    try:
        yield it
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def feed_until_found(it: WyomingWakeWords) -> Found:
    async with asyncio.timeout(10):
        while True:
            if found := await asyncio.to_thread(it.feed, FRAME, asyncio.get_running_loop().time()):
                return found[0]
            await asyncio.sleep(0.005)


async def test_a_word_is_found_with_its_pipeline_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "wake"
    async with service(path) as server, listening(path) as it:
        found = await feed_until_found(it)
        assert (found.name, found.phrase, found.pipeline) == ("okay_nabu", "okay nabu", "english")
        assert 0.1 < asyncio.get_running_loop().time() - found.ended_at < 3.0
        assert Detect.from_event(server.events[0]).names == ["okay_nabu", "hey_jarvis"]
        chunk = AudioChunk.from_event(next(e for e in server.events if AudioChunk.is_type(e.type)))
        assert (chunk.rate, chunk.width, chunk.channels, chunk.audio) == (16_000, 2, 1, FRAME.tobytes())
        # It is asked again, and finds again.
        await feed_until_found(it)
        assert sum(Detect.is_type(event.type) for event in server.events) >= 2


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: Detection("alexa", 1).event(),
        lambda _: Detection(None, 1).event(),
        lambda _: Event("detection", {"name": 3}),
    ],
)
async def test_a_word_that_was_not_asked_for_is_not_found(
    tmp_path: Path, answer: Callable[[AudioChunk], Event], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "wake"
    async with service(path, answer=answer), listening(path) as it:
        for _ in range(60):
            assert it.feed(FRAME, 1.0) == []
            await asyncio.sleep(0.005)
    assert "not asked for" in caplog.text


async def test_a_time_from_another_clock_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "wake"
    async with service(path, answer=lambda _: Detection("okay_nabu", 5).event()), listening(path) as it:
        found = await feed_until_found(it)
        assert 0.1 < asyncio.get_running_loop().time() - found.ended_at < 3.0


@pytest.mark.parametrize("end", ["closed", "error", "nonsense"])
async def test_a_service_that_goes_is_said_and_asked_again(
    tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wyoming_wake_word, "_FIRST_RETRY_S", 0.05)
    path = tmp_path / "wake"
    async with listening(path) as it:
        await asyncio.sleep(0.1)
        assert "Is it running?" in caplog.text and not it.connected
        assert it.feed(FRAME, 1.0) == []
        async with service(path) as server:
            await feed_until_found(it)
            assert server.writer is not None
            before = len([e for e in server.events if Detect.is_type(e.type)])
            if end == "error":
                await async_write_event(Error("no model").event(), server.writer)
            elif end == "nonsense":
                server.writer.write(b"nonsense\n")
            else:
                server.writer.close()
            it.reset()
            await feed_until_found(it)
            assert len([e for e in server.events if Detect.is_type(e.type)]) > before


async def test_what_was_found_before_a_new_beginning_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "wake"
    async with service(path) as server, listening(path) as it:
        await feed_until_found(it)
        for _ in range(30):
            it.feed(FRAME, asyncio.get_running_loop().time())
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        it.reset()
        assert it.feed(FRAME, 1.0) == []
        assert server.events


@pytest.mark.parametrize("uri", ["tcp://", "http://here", "stdio://", "nonsense"])
def test_a_uri_that_is_none(uri: str) -> None:
    with pytest.raises(WakeWordError):
        WyomingWakeWords(uri, WORDS)


def test_before_it_runs_nothing_is_kept() -> None:
    it = WyomingWakeWords("tcp://127.0.0.1:10400", WORDS)
    for _ in range(1000):
        assert it.feed(FRAME, 1.0) == []
