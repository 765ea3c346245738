"""Home Assistant as a satellite knows it, saying what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from wyoming.event import Event

from tests.server.stand_ins import RawClient
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.satellite.brains.brain import BrainError, BrainEvent, RunRequest, Unasked
from wyoming_lfm2.satellite.brains.home_assistant import HomeAssistantBrain, HubSettings
from wyoming_lfm2.satellite.brains.hub_link import LinkLimits

SOUND: dict[str, Any] = {"rate": 22_050, "width": 2, "channels": 1}


class Microphone:
    """Audio of one run: frames that are put, until it is ended."""

    def __init__(self, frames: int = 0) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        for _ in range(frames):
            self.queue.put_nowait(bytes(1024))

    async def frames(self) -> AsyncIterator[bytes]:
        while (frame := await self.queue.get()) is not None:
            yield frame


class Running:
    """A run of the brain, read in a task."""

    def __init__(self, brain: HomeAssistantBrain, request: RunRequest, microphone: Microphone) -> None:
        self.events: list[BrainEvent] = []
        self.error: BrainError | None = None
        self._run = brain.run(request, microphone.frames())
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for event in self._run:
                self.events.append(event)
        except BrainError as error:
            self.error = error
        finally:
            await self._run.aclose()

    async def cancel(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class House:
    """A brain on a real socket, and clients of it."""

    def __init__(self, brain: HomeAssistantBrain) -> None:
        self.brain = brain
        self.clients: list[RawClient] = []
        self.unasked: list[Unasked] = []

    async def client(self) -> RawClient:
        uri = self.brain.uri
        assert isinstance(uri, TcpUri)
        client = RawClient(*await asyncio.open_connection(uri.host, uri.port))
        self.clients.append(client)
        return client

    async def owner(self) -> RawClient:
        client = await self.client()
        await client.send("run-satellite")
        await self.until(lambda: self.brain.available)
        return client

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - any condition
                await asyncio.sleep(0.005)

    def run(self, microphone: Microphone | None = None, wake_word: str | None = "okay_nabu") -> Running:
        return Running(self.brain, RunRequest(wake_word), microphone or Microphone(3))

    async def collect(self) -> None:
        async for event in self.brain.unasked():
            self.unasked.append(event)


@asynccontextmanager
async def house(
    deaf_s: float = 20.0, late_answer_s: float = 30.0, silent_s: float = 15.0
) -> AsyncIterator[House]:
    settings = HubSettings(
        uri="tcp://127.0.0.1:0",
        area="Kitchen",
        wake_words=(("okay_nabu", "okay nabu"),),
        limits=LinkLimits(deaf_s, late_answer_s),
        silent_s=silent_s,
    )
    brain = HomeAssistantBrain(settings)
    await brain.start()
    made = House(brain)
    collecting = asyncio.create_task(made.collect())
    try:
        yield made
    finally:
        for client in made.clients:
            client.writer.transport.abort()
        collecting.cancel()
        await asyncio.gather(collecting, return_exceptions=True)
        await brain.close()


async def answer(hub: RawClient, *chunks: bytes, text: str = "It is on.") -> None:
    """What Home Assistant sends from the transcript to the end of its sound."""
    await hub.send("transcript", text="Turn it on.")
    await hub.send("synthesize", text=text)
    await sound(hub, *chunks)


async def sound(hub: RawClient, *chunks: bytes) -> None:
    await hub.send("audio-start", **SOUND, timestamp=0)
    for chunk in chunks or (bytes(2048),):
        await hub.send("audio-chunk", chunk, **SOUND)
    await hub.send("audio-stop", timestamp=0)


async def until_pipeline(hub: RawClient) -> list[Event]:
    return await hub.until("run-pipeline")
