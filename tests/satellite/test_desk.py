from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.satellite.furnished_room import FurnishedRoom, StandInEngine, furnished_room
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.satellite.brains.resident import ResidentBrain
from wyoming_lfm2.satellite.control import ControlSocket
from wyoming_lfm2.satellite.core.state import State
from wyoming_lfm2.satellite.desk import Desk
from wyoming_lfm2.satellite.preferences import Preferences, PreferencesFile
from wyoming_lfm2.satellite.wake_word import NoWakeWord, WakeWordDetector, WakeWordError


def detector(sensitivities: Mapping[str, str | float]) -> WakeWordDetector:
    if sensitivities["hey_room"] == "deaf":
        raise WakeWordError("The sensitivity of hey_room cannot be 'deaf'.")
    return NoWakeWord()


def state_of(room: FurnishedRoom) -> State:
    return room.satellite.state


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> dict[str, Any]:
        async with asyncio.timeout(30):
            read: dict[str, Any] = json.loads(await self.reader.readline())
            return read

    async def ask(self, **request: Any) -> dict[str, Any]:
        """The answer; events that come before it are passed over."""
        self.writer.write(json.dumps(request).encode() + b"\n")
        while "ok" not in (line := await self.line()):
            pass
        return line


@asynccontextmanager
async def reception(tmp_path: Path) -> AsyncIterator[tuple[FurnishedRoom, Client, StandInEngine]]:
    engine = StandInEngine()
    async with furnished_room(
        lambda timers, clock: ResidentBrain(engine, Settings(), timers, clock=clock)
    ) as room:
        desk = Desk(PreferencesFile(tmp_path), ["hey_room"], detector)
        desk.satellite = room.satellite
        desk.control = ControlSocket(tmp_path / "control", desk.do, desk.snapshot)
        await desk.control.start()
        await room.until(lambda: room.satellite.state is State.IDLE, 2)
        client = Client(*await asyncio.open_unix_connection(tmp_path / "control"))
        try:
            yield room, client, engine
        finally:
            await desk.close()
            client.writer.close()


async def test_a_client_sees_the_state_and_can_do_everything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with reception(tmp_path) as (room, client, engine):
        assert await client.line() == {"event": "state", "state": "idle", "muted": False, "volume": 1.0}
        assert await client.ask(do="wake") == {"ok": True}
        assert state_of(room) is State.LISTENING
        await client.ask(do="stop")
        assert state_of(room) is State.IDLE
        await client.ask(do="button")
        assert state_of(room) is State.LISTENING
        await client.ask(do="mute")
        assert state_of(room) is State.MUTED
        await client.ask(do="toggle-mute")
        assert state_of(room) is State.IDLE
        await client.ask(do="volume", volume=0.5)
        await client.ask(do="volume", by=-0.2)
        assert room.satellite.player.volume == pytest.approx(0.3)
        assert await client.ask(do="sensitivity", wake_word="hey_room", sensitivity="high") == {"ok": True}
        assert isinstance(room.satellite.ears.wake_words, NoWakeWord)
        refused = await client.ask(do="sensitivity", wake_word="hey_room", sensitivity="deaf")
        assert (refused["ok"], "deaf" in refused["error"]) == (False, True)
        unknown = await client.ask(do="sensitivity", wake_word="alexa", sensitivity="high")
        assert "hey_room" in unknown["error"]
        assert await client.ask(do="say", text="Dinner is ready.") == {"ok": True}
        await room.until(lambda: room.satellite.state is State.ANNOUNCING, 2)
        assert engine.speaker.texts == ["Dinner is ready."]
    kept = PreferencesFile(tmp_path).current
    assert kept == Preferences(volume=pytest.approx(0.3), sensitivities={"hey_room": "high"})
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_what_happens_is_told(tmp_path: Path) -> None:
    desk = Desk(PreferencesFile(None), [], detector)
    async with furnished_room(
        lambda timers, clock: ResidentBrain(StandInEngine(), Settings(), timers, clock=clock)
    ) as room:
        desk.satellite = room.satellite
        desk.control = ControlSocket(tmp_path / "control", desk.do, desk.snapshot)
        await desk.control.start()
        client = Client(*await asyncio.open_unix_connection(tmp_path / "control"))
        await client.line()
        desk.publish("state", {"state": "listening"})
        assert await client.line() == {"event": "state", "state": "listening"}
        await desk.close()
        client.writer.close()
