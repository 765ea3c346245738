from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.satellite.furnished_room import CALL, furnished_room, speech
from tests.server.conftest import StartPort, start_port
from wyoming_lfm2.config.settings import EndpointingSettings
from wyoming_lfm2.satellite.brains.brain import Availability, BrainError, RunRequest
from wyoming_lfm2.satellite.brains.remote import RemoteBrain
from wyoming_lfm2.satellite.core.state import State
from wyoming_lfm2.satellite.timers import LocalTimers

__all__ = ["start_port"]


async def test_a_server_elsewhere_hears_answers_and_speaks(start_port: StartPort) -> None:
    port = await start_port()
    async with furnished_room(
        lambda timers, clock: RemoteBrain(port.uri, timers, EndpointingSettings(silence_s=0.5), clock)
    ) as room:
        await room.until(lambda: room.satellite.state is State.IDLE)
        for _ in range(2):
            room.say(CALL, speech())
            await room.until(lambda: room.satellite.state is State.SPEAKING)
            await room.until(lambda: room.loudness(0.2) > 0.01, 2)
            await room.until(lambda: room.satellite.state is State.IDLE)
        assert [data["text"] for data in room.data("transcript")] == ["Turn on the light."] * 2
        assert [data["text"] for data in room.data("answer")] == ["The light is on. Sleep well."] * 2
        assert len(port.converser.dialogues) == 1


async def test_timers_are_the_satellites_own(start_port: StartPort) -> None:
    port = await start_port()
    port.transcriber.words = ["Set a timer", " for five minutes."]
    async with furnished_room(
        lambda timers, clock: RemoteBrain(port.uri, timers, EndpointingSettings(), clock)
    ) as room:
        await room.until(lambda: room.satellite.state is State.IDLE)
        room.say(CALL, speech())
        await room.until(lambda: bool(room.data("answer")))
        assert room.data("answer")[0]["text"] == "Timer set for 5 minutes."
        assert not port.converser.asked
        assert len(room.timers.all(room.room.now)) == 1


async def test_a_server_that_goes_and_comes_back_is_noticed() -> None:
    async def frames() -> AsyncIterator[bytes]:
        sound = speech().tobytes()
        for begin in range(0, len(sound), 1024):
            yield sound[begin : begin + 1024]

    served = asyncio.Event()

    async def nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        served.set()

    server = await asyncio.start_server(nobody, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    brain = RemoteBrain(f"tcp://127.0.0.1:{port}", LocalTimers(), EndpointingSettings(), poll_s=0.05)
    await brain.start()
    try:
        async with asyncio.timeout(30):
            await served.wait()
        assert not brain.available
        with pytest.raises(BrainError) as caught:
            async for _ in brain.run(RunRequest(), frames()):
                pass
        assert caught.value.code == "offline"
    finally:
        await brain.close()
        server.close()


async def test_availability_is_told(start_port: StartPort) -> None:
    port = await start_port()
    brain = RemoteBrain(port.uri, LocalTimers(), EndpointingSettings(), poll_s=0.05)
    await brain.start()
    try:
        async with asyncio.timeout(30):
            unasked = brain.unasked()
            assert await anext(unasked) == Availability(True)
            await port.close()
            assert await anext(unasked) == Availability(False)
    finally:
        await brain.close()
