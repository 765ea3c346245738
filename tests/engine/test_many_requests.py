from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.engine.conftest import noise, transcript
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import EngineBusyError, EngineClosedError
from wyoming_lfm2.models.model_set import ModelSet


async def test_a_transcript_is_the_same_alone_and_among_others(ending: Engine, endless: Engine) -> None:
    for engine in (ending, endless):
        pieces = [noise(1 + seed % 3, seed) for seed in range(8)]
        alone = [await transcript(engine, piece) for piece in pieces]
        together = await asyncio.gather(*(transcript(engine, piece) for piece in pieces))
        assert together == alone


async def test_a_long_request_does_not_keep_a_short_one_waiting(endless: Engine) -> None:
    finished = []

    async def run(name: str, seconds: float) -> None:
        await transcript(endless, noise(seconds))
        finished.append(name)

    long = asyncio.create_task(run("long", 15))
    await asyncio.sleep(0)
    await asyncio.gather(long, run("short", 1))
    assert finished == ["short", "long"]


async def test_requests_wait_for_a_sequence_rather_than_fail(endless_set: ModelSet) -> None:
    engine = await Engine.load(endless_set, EngineSettings(threads=1, sequences=1), 30.0)
    pieces = [noise(1, seed) for seed in range(6)]
    together = await asyncio.gather(*(transcript(engine, piece) for piece in pieces))
    assert together == [await transcript(engine, piece) for piece in pieces]
    await engine.close()


async def test_requests_wait_for_context_rather_than_fail(endless_set: ModelSet) -> None:
    # Each needs more than half of it.
    engine = await Engine.load(endless_set, EngineSettings(threads=1, context=256), 30.0)
    pieces = [noise(6, seed) for seed in range(4)]
    together = await asyncio.gather(*(transcript(engine, piece) for piece in pieces))
    assert together == [await transcript(engine, piece) for piece in pieces]
    await engine.close()


async def test_one_request_too_many_is_refused_and_the_others_are_served(endless_set: ModelSet) -> None:
    engine = await Engine.load(endless_set, EngineSettings(threads=1, sequences=1, queue=2), 30.0)
    results = await asyncio.gather(
        *(transcript(engine, noise(1, seed)) for seed in range(5)), return_exceptions=True
    )
    assert [isinstance(result, EngineBusyError) for result in results] == [False, False, False, True, True]
    assert all(isinstance(result, str) for result in results[:3])
    assert await transcript(engine, noise(1)) == results[0]
    await engine.close()


async def test_nothing_is_queued_before_the_first_fragment_is_asked_for(endless_set: ModelSet) -> None:
    engine = await Engine.load(endless_set, EngineSettings(threads=1, sequences=1, queue=1), 30.0)
    idle = [engine.transcribe(noise(1)) for _ in range(10)]
    assert isinstance(await transcript(engine, noise(1)), str)
    for generator in idle:
        await generator.aclose()
    await engine.close()


async def test_a_client_that_leaves_frees_its_place_for_the_next(endless_set: ModelSet) -> None:
    engine = await Engine.load(endless_set, EngineSettings(threads=1, sequences=1, queue=1), 30.0)
    expected = await transcript(engine, noise(1))
    for _ in range(3):
        async with aclosing(engine.transcribe(noise(14))) as fragments:
            await anext(fragments)
        # Had the long one stayed, this one would wait for all of its tokens.
        assert await transcript(engine, noise(1)) == expected
    await engine.close()


async def test_two_hundred_cancelled_requests_leave_nothing_behind(endless: Engine) -> None:
    expected = await transcript(endless, noise(1))
    model = endless._scheduler.loaded.result(timeout=0)
    for number in range(200):
        task = asyncio.create_task(transcript(endless, noise(2, number % 5)))
        # Cancelled before it was queued, while it waits, encodes, prefills or decodes.
        await asyncio.sleep((number % 8) * 0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await asyncio.gather(*(transcript(endless, noise(1)) for _ in range(8))) == [expected] * 8
    assert model.sequences.in_use == 0
    assert all(model.backbone.length(sequence) == 0 for sequence in range(4))


async def test_the_event_loop_goes_on_while_audio_is_encoded(endless: Engine) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with aclosing(endless.transcribe(noise(30))) as fragments:
        await anext(fragments)
    ticking.cancel()
    # A loop that was blocked while 30 s of audio are encoded and prefilled would turn a few times.
    assert ticks > 100


async def test_closing_during_work_ends_every_request_with_an_error(endless_set: ModelSet) -> None:
    engine = await Engine.load(endless_set, EngineSettings(threads=1, sequences=2), 30.0)
    running = engine.transcribe(noise(10))
    await anext(running)
    others = [asyncio.create_task(transcript(engine, noise(10, seed))) for seed in range(4)]
    await asyncio.sleep(0)
    await engine.close()
    for result in await asyncio.gather(*others, return_exceptions=True):
        assert isinstance(result, EngineClosedError)
    with pytest.raises(EngineClosedError):
        [fragment async for fragment in running]


async def test_two_engines_may_live_in_one_process(ending_set: ModelSet, endless_set: ModelSet) -> None:
    first = await Engine.load(ending_set, EngineSettings(threads=1), 30.0)
    second = await Engine.load(endless_set, EngineSettings(threads=1), 30.0)
    alone = await transcript(first, noise(2, 3)), await transcript(second, noise(2, 3))
    assert alone[0] != alone[1]
    together = await asyncio.gather(transcript(first, noise(2, 3)), transcript(second, noise(2, 3)))
    assert tuple(together) == alone
    await first.close()
    await second.close()


async def test_loading_that_is_cancelled_leaves_no_model_behind(endless_set: ModelSet) -> None:
    import threading

    loading = asyncio.create_task(Engine.load(endless_set, EngineSettings(threads=1), 30.0))
    await asyncio.sleep(0)
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    threads = [thread for thread in threading.enumerate() if thread.name == "lfm2-engine"]
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert not any(thread.is_alive() for thread in threads)
