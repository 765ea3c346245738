"""A whole satellite with a scripted Home Assistant behind it, in a room that is made of numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from tests.satellite.furnished_room import CALL, FurnishedRoom, furnished_room, speech
from tests.satellite.scripted_hub import answer, sound
from tests.server.stand_ins import RawClient
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.satellite.brains.home_assistant import HomeAssistantBrain, HubSettings
from wyoming_lfm2.satellite.core.happenings import StopRequested
from wyoming_lfm2.satellite.core.state import State

TONE = (8_000 * np.sin(np.arange(22_050) * 0.1)).astype("<i2").tobytes()
"""A second."""


class Hub:
    """Reads all the time, as Home Assistant does, and keeps what came."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self.came: list[str] = []
        self.audio = bytearray()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while (event := await self.client.event()) is not None:
            self.came.append(event.type)
            self.audio += event.payload or b""

    def close(self) -> None:
        self._reading.cancel()
        self.client.writer.transport.abort()


@asynccontextmanager
async def at_home() -> AsyncIterator[tuple[FurnishedRoom, Hub]]:
    brain = HomeAssistantBrain(HubSettings(uri="tcp://127.0.0.1:0"))
    brain.bind()
    async with furnished_room(lambda _timers, clock: brain) as room:
        await room.until(lambda: room.satellite.state is State.OFFLINE, 5)
        assert isinstance(brain.uri, TcpUri)
        client = RawClient(*await asyncio.open_connection(brain.uri.host, brain.uri.port))
        await client.send("run-satellite")
        hub = Hub(client)
        await room.until(lambda: room.satellite.state is State.IDLE, 5)
        try:
            yield room, hub
        finally:
            hub.close()


async def test_from_the_wake_word_through_home_assistant_to_the_loudspeaker_and_played() -> None:
    async with at_home() as (room, hub):
        room.say(CALL, speech())
        await room.until(lambda: len(hub.audio) > 40_000)
        assert hub.came[:2] == ["detection", "run-pipeline"]
        heard = np.frombuffer(bytes(hub.audio), "<i2")
        # All that was said, and nothing of the wake word.
        assert np.abs(heard.astype(int)).max() == np.abs(speech().astype(int)).max()
        await answer(hub.client, TONE)
        await room.until(lambda: room.satellite.state is State.SPEAKING, 2)
        begun = room.room.now
        assert "played" not in hub.came
        await room.until(lambda: "played" in hub.came, 3)
        assert 0.9 < room.room.now - begun < 1.3
        assert room.satellite.state is State.IDLE
        assert room.data("transcript")[0]["text"] == "Turn it on."


async def test_an_announcement_is_heard_and_then_played() -> None:
    async with at_home() as (room, hub):
        await sound(hub.client, TONE)
        await room.until(lambda: room.satellite.state is State.ANNOUNCING, 2)
        await room.until(lambda: room.loudness(0.2) > 0.05, 2)
        assert "played" not in hub.came
        await room.until(lambda: hub.came == ["played"], 3)


async def test_a_timer_of_home_assistant_rings_until_it_is_stopped() -> None:
    async with at_home() as (room, hub):
        await hub.client.send("timer-started", id="a", total_seconds=1, name="pizza")
        await hub.client.send("timer-finished", id="a")
        await room.until(lambda: room.satellite.state is State.RINGING, 2)
        await room.until(lambda: room.loudness(0.2) > 0.02, 2)
        room.satellite.happen(StopRequested())
        await room.wait(0.3)
        assert room.satellite.state is State.IDLE
        assert room.data("timer-finished")[0]["name"] == "pizza"


async def test_a_duplicate_wake_up_is_silent_and_another_error_is_heard() -> None:
    async with at_home() as (room, hub):
        room.say(CALL, speech())
        await room.until(lambda: "audio-chunk" in hub.came)
        await hub.client.send("error", text="another one answers", code="duplicate_wake_up_detected")
        await room.until(lambda: room.satellite.state is State.IDLE, 2)
        assert not room.data("error")
        room.say(CALL, speech())
        await room.until(lambda: hub.came.count("run-pipeline") == 2)
        await hub.client.send("error", text="no agent", code="intent-failed")
        await room.until(lambda: bool(room.data("error")), 2)
        await room.until(lambda: room.loudness(0.1) > 0.01, 2)


async def test_mute_in_home_assistant_silences_the_wake_word_here() -> None:
    async with at_home() as (room, hub):
        await hub.client.send("pause-satellite")
        await room.until(lambda: room.satellite.state is State.MUTED, 2)
        room.say(CALL, speech())
        await room.wait(2)
        assert "run-pipeline" not in hub.came
        await hub.client.send("run-satellite")
        await room.until(lambda: room.satellite.state is State.IDLE, 2)


async def test_a_call_amid_the_answer_waits_for_home_assistant_and_the_old_sound_is_not_heard() -> None:
    async with at_home() as (room, hub):
        room.say(CALL, speech())
        await room.until(lambda: "audio-chunk" in hub.came)
        await hub.client.send("transcript", text="An old question.")
        await room.until(lambda: room.satellite.state is State.THINKING, 2)
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.LISTENING, 4)
        await room.wait(1)
        assert hub.came.count("run-pipeline") == 1
        await sound(hub.client, TONE)
        await room.until(lambda: hub.came.count("run-pipeline") == 2, 3)
        assert room.loudness(0.5) < 0.05
        assert hub.came.index("played") < len(hub.came) - 1 - hub.came[::-1].index("run-pipeline")
        await answer(hub.client, TONE)
        await room.until(lambda: hub.came.count("played") == 2, 4)


async def test_a_lost_connection_amid_a_command_is_heard_and_the_satellite_is_offline() -> None:
    async with at_home() as (room, hub):
        room.say(CALL, speech())
        await room.until(lambda: "audio-chunk" in hub.came)
        hub.close()
        await room.until(lambda: room.satellite.state is State.OFFLINE, 3)
        await room.until(lambda: room.loudness(0.1) > 0.01, 2)
