"""The queue between socket and ear: order, joining, and its bound."""

from __future__ import annotations

import asyncio

import pytest

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.server.audio_queue import AudioQueue

NARROW = PcmFormat(8000, 2, 1)
WIDE = PcmFormat(48000, 4, 2)


async def drain(queue: AudioQueue) -> list[tuple[PcmFormat, bytes]]:
    """Everything until the end."""
    parts = []
    while (part := await queue.get()) is not None:
        parts.append(part)
    return parts


async def test_small_chunks_of_one_format_travel_together_and_in_order() -> None:
    queue = AudioQueue()
    for fmt, pcm in ((NARROW, b"a"), (NARROW, b""), (NARROW, b"bc"), (WIDE, b"d"), (NARROW, b"e")):
        await queue.put(fmt, pcm)
    await queue.close()
    assert await drain(queue) == [(NARROW, b"abc"), (WIDE, b"d"), (NARROW, b"e")]


async def test_a_full_queue_makes_the_sender_wait_until_there_is_room() -> None:
    queue = AudioQueue(capacity=10)
    await queue.put(NARROW, bytes(10))
    waiting = asyncio.create_task(queue.put(WIDE, b"x"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    assert await queue.get() == (NARROW, bytes(10))
    await waiting
    assert await queue.get() == (WIDE, b"x")


@pytest.mark.parametrize("end", ["close", "discard"])
async def test_nobody_waits_for_a_queue_that_has_ended(end: str) -> None:
    queue = AudioQueue(capacity=1)
    await queue.put(NARROW, b"a")
    waiting = asyncio.create_task(queue.put(NARROW, b"b"))
    await asyncio.sleep(0)
    await (queue.close() if end == "close" else queue.discard())
    await waiting
    assert await drain(queue) == ([(NARROW, b"a")] if end == "close" else [])


async def test_who_waits_for_audio_is_told_of_the_end() -> None:
    queue = AudioQueue()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    await queue.close()
    assert await waiting is None
