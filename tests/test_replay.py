from __future__ import annotations

import asyncio

import pytest

from wyoming_lfm2.replay import Replay


async def read(stream: Replay[int], into: list[int]) -> None:
    async for item in stream:
        into.append(item)  # noqa: PERF401 - what came before a failure counts


async def all_of(stream: Replay[int]) -> list[int]:
    return [item async for item in stream]


async def test_many_readers_get_everything_in_order() -> None:
    stream: Replay[int] = Replay()
    readers = [asyncio.create_task(all_of(stream)) for _ in range(20)]
    for item in range(50):
        stream.append(item)
        if item % 7 == 0:
            await asyncio.sleep(0)
    stream.close()
    assert await asyncio.gather(*readers) == [list(range(50))] * 20


async def test_items_are_given_as_they_come_and_not_only_at_the_end() -> None:
    stream: Replay[int] = Replay()
    reading = aiter(stream)
    for item in range(3):
        waiting = asyncio.ensure_future(anext(reading))
        await asyncio.sleep(0)
        assert not waiting.done()
        stream.append(item)
        assert await asyncio.wait_for(waiting, 1) == item


async def test_a_late_reader_begins_with_the_first_item() -> None:
    stream: Replay[int] = Replay()
    stream.append(1)
    early: list[int] = []
    reading = asyncio.create_task(read(stream, early))
    await asyncio.sleep(0)
    stream.append(2)
    late = asyncio.create_task(all_of(stream))
    stream.append(3)
    stream.close()
    await reading
    assert (early, await late, await all_of(stream)) == ([1, 2, 3],) * 3


async def test_a_reader_at_work_while_items_come_misses_none() -> None:
    """It is not waiting at the moment of the news, and must not sleep over them."""
    stream: Replay[int] = Replay()
    seen: list[int] = []

    async def slowly() -> None:
        async for item in stream:
            await asyncio.sleep(0.01)
            seen.append(item)

    quick, slow = asyncio.create_task(all_of(stream)), asyncio.create_task(slowly())
    for item in range(5):
        stream.append(item)
        await asyncio.sleep(0.004)
    stream.close()
    await asyncio.wait_for(slow, 2)
    assert seen == await quick == list(range(5))


async def test_failure_comes_after_the_items_to_everybody_also_later() -> None:
    stream: Replay[int] = Replay()
    early: list[int] = []
    reading = asyncio.create_task(read(stream, early))
    stream.append(1)
    stream.fail(ValueError("broken"))
    late: list[int] = []
    for work in (reading, read(stream, late)):
        with pytest.raises(ValueError, match="broken"):
            await work
    assert early == late == [1]


async def test_only_the_first_end_counts() -> None:
    closed: Replay[int] = Replay()
    closed.close()
    closed.fail(ValueError("too late"))
    assert await all_of(closed) == []
    failed: Replay[int] = Replay()
    failed.fail(ValueError("broken"))
    failed.close()
    with pytest.raises(ValueError, match="broken"):
        await all_of(failed)


async def test_nothing_is_appended_after_the_end() -> None:
    stream: Replay[int] = Replay()
    stream.close()
    with pytest.raises(RuntimeError):
        stream.append(1)
    assert stream.items == ()


async def test_a_reader_that_is_cancelled_leaves_the_others_alone() -> None:
    stream: Replay[int] = Replay()
    leaving, staying = asyncio.create_task(all_of(stream)), asyncio.create_task(all_of(stream))
    stream.append(1)
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    stream.append(2)
    stream.close()
    assert await staying == [1, 2]


@pytest.mark.parametrize("end", ["returns", "raises", "is cancelled", "is cancelled before it begins"])
async def test_it_ends_as_its_writer_ends(end: str) -> None:
    stream: Replay[int] = Replay()

    async def write() -> None:
        stream.append(1)
        if end == "raises":
            raise ValueError("broken")
        if end == "is cancelled":
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    writing.add_done_callback(stream.end_with)
    if end != "is cancelled before it begins":
        await asyncio.sleep(0)
    if end.startswith("is cancelled"):
        writing.cancel()
    seen: list[int] = []
    reading = asyncio.wait_for(read(stream, seen), 1)
    if end == "raises":
        with pytest.raises(ValueError, match="broken"):
            await reading
    else:
        await reading
    assert seen == ([] if end == "is cancelled before it begins" else [1])
    assert stream.ended
