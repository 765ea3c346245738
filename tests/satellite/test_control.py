from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from wyoming_lfm2.satellite import control
from wyoming_lfm2.satellite.control import (
    LONGEST_LINE,
    Button,
    ControlError,
    ControlRequest,
    ControlSocket,
    Mute,
    Say,
    Sensitivity,
    Stop,
    Volume,
    Wake,
    read_request,
)


class Satellite:
    """Notes what it is asked."""

    def __init__(self, path: Path) -> None:
        self.asked: list[ControlRequest] = []
        self.socket = ControlSocket(path, self.do, lambda: {"state": "idle", "volume": 0.5})

    async def do(self, request: ControlRequest) -> None:
        if isinstance(request, Say):
            raise ControlError("Nobody is there who could speak.")
        self.asked.append(request)


@asynccontextmanager
async def satellite(path: Path) -> AsyncIterator[Satellite]:
    it = Satellite(path)
    await it.socket.start()
    try:
        yield it
    finally:
        await it.socket.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def read(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            read = json.loads(await self.reader.readline())
        assert isinstance(read, dict)
        return read

    async def ask(self, line: bytes) -> dict[str, Any]:
        self.writer.write(line)
        return await self.read()


@asynccontextmanager
async def client(path: Path) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ('{"do": "wake"}', Wake()),
        ('{"do": "wake", "pipeline": "english"}', Wake("english")),
        ('{"do": "button"}', Button()),
        ('{"do": "stop"}', Stop()),
        ('{"do": "mute"}', Mute(muted=True)),
        ('{"do": "unmute"}', Mute(muted=False)),
        ('{"do": "toggle-mute"}', Mute(muted=None)),
        ('{"do": "volume", "volume": 1}', Volume(1.0)),
        ('{"do": "volume", "by": -0.1}', Volume(-0.1, is_step=True)),
        ('{"do": "sensitivity", "wake_word": "alexa", "sensitivity": 0.8}', Sensitivity("alexa", 0.8)),
        ('{"do": "say", "text": "Dinner!"}', Say("Dinner!")),
    ],
)
def test_requests(line: str, request_: ControlRequest) -> None:
    assert read_request(line.encode()) == request_


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("wake", "no JSON"),
        ("[" * 50_000, "no JSON"),
        ("\xff", "no JSON"),
        ("[]", "no such request"),
        ('{"do": "dance"}', "toggle-mute"),
        ('{"do": ["wake"]}', "no such request"),
        ('{"do": "wake", "pipeline": 3}', "pipeline"),
        ('{"do": "stop", "now": true}', "does not take now"),
        ('{"do": "volume"}', "from 0 to 1"),
        ('{"do": "volume", "volume": 50}', "from 0 to 1"),
        ('{"do": "volume", "volume": NaN}', "from 0 to 1"),
        ('{"do": "volume", "volume": true}', "from 0 to 1"),
        ('{"do": "volume", "volume": 0.5, "by": 0.1}', "from 0 to 1"),
        ('{"do": "sensitivity", "wake_word": "alexa"}', "sensitivity"),
        ('{"do": "say", "text": " "}', "text"),
    ],
)
def test_what_is_no_request_is_told_what_would_be_one(line: str, text: str) -> None:
    with pytest.raises(ControlError, match=text):
        read_request(line.encode("latin-1"))


async def test_a_client_hears_how_things_are_and_what_changes(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with satellite(path) as it, client(path) as first, client(path) as second:
        assert await first.read() == {"event": "state", "state": "idle", "volume": 0.5}
        await second.read()
        assert await first.ask(b'{"do": "mute"}\n') == {"ok": True}
        it.socket.publish("state", {"state": "muted"})
        assert await first.read() == await second.read() == {"event": "state", "state": "muted"}
        assert it.asked == [Mute(muted=True)]


async def test_what_cannot_be_done_is_said_and_the_client_stays(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with satellite(path) as it, client(path) as first:
        await first.read()
        answer = await first.ask(b'{"do": "say", "text": "Hello"}\n')
        assert answer == {"ok": False, "error": "Nobody is there who could speak."}
        assert not (await first.ask(b"nonsense\n"))["ok"]
        assert (await first.ask(b'\n{"do": "stop"}\n'))["ok"]
        assert it.asked == [Stop()]


async def test_a_script_that_hangs_up_at_once_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with satellite(path) as it:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"do": "wake"}')  # printf without a newline
        writer.write_eof()
        await reader.read()  # until it has hung up, too
        writer.close()
        assert it.asked == [Wake()]


async def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with satellite(path), client(path) as first:
        await first.read()
        assert "at most" in (await first.ask(b"x" * (LONGEST_LINE + 1)))["error"]
        assert await first.reader.read() == b""


async def test_a_client_that_does_not_read_is_hung_up_on_and_the_others_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "control"
    async with satellite(path) as it, client(path) as reading:
        await reading.read()
        deaf = socket.socket(socket.AF_UNIX)
        deaf.connect(str(path))
        await asyncio.sleep(0.05)
        for _ in range(200):
            it.socket.publish("transcript", {"text": "x" * 10_000})
            assert (await reading.read())["event"] == "transcript"
        assert "does not read" in caplog.text
        deaf.close()


async def test_there_is_an_end_to_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MOST_CLIENTS", 1)
    path = tmp_path / "control"
    async with satellite(path), client(path) as first:
        await first.read()
        async with client(path) as second:
            assert "already" in (await second.read())["error"]


async def test_only_those_may_use_it_who_may(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with satellite(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


async def test_two_satellites_do_not_share_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with satellite(path) as it, client(path) as first:
        await first.read()
        with pytest.raises(ControlError, match="choose another path"):
            await Satellite(path).socket.start()
        assert await first.ask(b'{"do": "stop"}\n') == {"ok": True}
        assert it.asked


async def test_the_socket_of_a_satellite_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "control"
    left_behind = socket.socket(socket.AF_UNIX)
    left_behind.bind(str(path))
    left_behind.close()
    async with satellite(path), client(path) as first:
        assert (await first.read())["event"] == "state"


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="does not exist"):
        await Satellite(tmp_path / "no" / "control").socket.start()
