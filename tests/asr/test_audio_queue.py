"""The queue before the detector: order, joining, its bound, and the bound of all queues together."""

from __future__ import annotations

import asyncio

import pytest

from wyoming_lfm2.asr.audio_queue import AudioBacklogError, AudioBudget, AudioQueue
from wyoming_lfm2.audio.pcm import PcmFormat

NARROW = PcmFormat(8000, 2, 1)
WIDE = PcmFormat(48000, 4, 2)


async def drain(queue: AudioQueue, most_s: float = 1.0) -> list[tuple[bytes, PcmFormat]]:
    """Everything until the end."""
    parts = []
    while (part := await queue.get(0.0, most_s)) is not None:
        parts.append(part)
    return parts


async def test_small_chunks_of_one_format_travel_together_and_in_order() -> None:
    queue = AudioQueue(1000)
    for pcm, fmt in ((b"a", NARROW), (b"", NARROW), (b"bc", NARROW), (b"d", WIDE), (b"e", NARROW)):
        await queue.put(pcm, fmt)
    queue.close()
    assert await drain(queue) == [(b"abc", NARROW), (b"d", WIDE), (b"e", NARROW)]


async def test_much_audio_is_taken_in_parts() -> None:
    queue = AudioQueue(100_000)
    await queue.put(bytes(20_000), NARROW)
    queue.close()
    assert [len(pcm) for pcm, _ in await drain(queue, 0.5)] == [8_000, 8_000, 4_000]


@pytest.mark.parametrize("end", ["more", "another format", "close", "full"])
async def test_little_audio_waits_for_more_as_long_as_more_can_come(end: str) -> None:
    queue = AudioQueue(12_000)
    await queue.put(bytes(2_000), NARROW)
    waiting = asyncio.create_task(queue.get(0.5 if end != "full" else 5.0, 10.0))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    if end == "close":
        queue.close()
    else:
        await queue.put(bytes(10_000), WIDE if end == "another format" else NARROW)
    assert await waiting == (bytes(12_000 if end in ("more", "full") else 2_000), NARROW)


async def test_a_full_queue_makes_the_sender_wait_until_there_is_room() -> None:
    queue = AudioQueue(10)
    await queue.put(bytes(10), NARROW)
    waiting = asyncio.create_task(queue.put(b"x", WIDE))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    assert await queue.get(0.0, 1.0) == (bytes(10), NARROW)
    await waiting
    assert await queue.get(0.0, 1.0) == (b"x", WIDE)


@pytest.mark.parametrize("end", ["close", "discard"])
async def test_nobody_waits_for_a_queue_that_has_ended(end: str) -> None:
    budget = AudioBudget(100)
    queue = AudioQueue(1, budget)
    await queue.put(b"a", NARROW)
    waiting = asyncio.create_task(queue.put(b"bc", NARROW))
    await asyncio.sleep(0)
    getattr(queue, end)()
    await waiting
    await queue.put(b"d", NARROW)
    assert await drain(queue) == ([(b"a", NARROW)] if end == "close" else [])
    assert budget.used == 0


async def test_who_waits_for_audio_is_told_of_the_end() -> None:
    queue = AudioQueue(10)
    waiting = asyncio.create_task(queue.get(0.0, 1.0))
    await asyncio.sleep(0)
    queue.close()
    assert await waiting is None


async def test_all_queues_together_hold_no_more_than_their_budget_and_say_so() -> None:
    budget = AudioBudget(3 << 20)
    first, second = AudioQueue(2 << 20, budget), AudioQueue(2 << 20, budget)
    await first.put(bytes(2 << 20), NARROW)
    await second.put(bytes(1 << 20), NARROW)
    with pytest.raises(AudioBacklogError, match="3 MiB of audio wait") as caught:
        await second.put(b"x", NARROW)
    assert caught.value.code == "audio-backlog"
    await first.get(0.0, 1.0)
    await second.put(b"x", NARROW)
    first.discard()
    second.discard()
    assert budget.used == 0


async def test_a_sender_that_is_cancelled_while_it_waits_gives_back_what_was_not_added() -> None:
    budget = AudioBudget(100)
    queue = AudioQueue(10, budget)
    waiting = asyncio.create_task(queue.put(bytes(30), NARROW))
    await asyncio.sleep(0)
    assert budget.used == 30
    waiting.cancel()
    await asyncio.wait({waiting})
    assert budget.used == 10
