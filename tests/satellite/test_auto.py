from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from wyoming_lfm2.satellite.brains.auto import AutoBrain
from wyoming_lfm2.satellite.brains.brain import (
    AudioStart,
    AudioStop,
    Availability,
    BrainEvent,
    Finished,
    RunRequest,
    Unasked,
)


class Named:
    """A brain that speaks whenever it is asked something."""

    def __init__(self, name: str, *, available: bool) -> None:
        self.name = name
        self.available = available
        self.events: asyncio.Queue[Unasked] = asyncio.Queue()
        self.asked = 0
        self.heard = 0

    async def start(self) -> None:
        if self.available:
            self.events.put_nowait(Availability(True))

    async def close(self) -> None:
        pass

    async def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        self.asked += 1
        for event in (AudioStart(24_000), AudioStop(), Finished()):
            yield event

    async def unasked(self) -> AsyncIterator[Unasked]:
        while True:
            yield await self.events.get()

    def played(self) -> None:
        self.heard += 1

    def change(self, available: bool) -> None:
        self.available = available
        self.events.put_nowait(Availability(available))


async def silence() -> AsyncIterator[bytes]:
    yield bytes(2)


async def ask(brain: AutoBrain) -> None:
    async with aclosing(brain.run(RunRequest(), silence())) as events:
        async for _ in events:
            pass
    brain.played()


@pytest.mark.parametrize("connected", [True, False])
async def test_the_first_answers_while_it_is_there_and_the_second_after_a_while(connected: bool) -> None:
    hub, model = Named("hub", available=connected), Named("model", available=True)
    brain = AutoBrain(hub, model, away_s=0.2)
    await brain.start()
    told = brain.unasked()
    try:
        async with asyncio.timeout(30):
            if connected:
                while await anext(told) != Availability(True) or brain.name != "hub":
                    pass
                await ask(brain)
                assert (hub.asked, hub.heard, model.asked) == (1, 1, 0)
                hub.change(False)
                while await anext(told) != Availability(False) or brain.available:
                    pass
            assert not brain.available
            while await anext(told) != Availability(True) or brain.name != "model":
                pass
            await ask(brain)
            assert (model.asked, model.heard) == (1, 1)
            hub.change(True)
            while await anext(told) != Availability(True) or brain.name != "hub":
                pass
            before = hub.asked
            await ask(brain)
            assert (hub.asked, model.asked) == (before + 1, 1)
    finally:
        await brain.close()
