"""The server as a process, with a stand-in for the model."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.discovery.conftest import watcher  # noqa: F401
from tests.server.stand_ins import GUARD_S, RawClient

STARTED = "Listening on"


class Daemon:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log = ""
        self.address = ""
        self.clients: list[RawClient] = []

    async def says(self, text: str) -> str:
        """Wait for a log line with this text."""
        assert self.process.stderr is not None
        async with asyncio.timeout(GUARD_S):
            while line := (await self.process.stderr.readline()).decode():
                self.log += line
                if text in line:
                    return line.strip()
        raise AssertionError(f"ended without {text!r}: {self.log}")

    async def uri(self) -> str:
        self.address = (await self.says(STARTED)).rpartition(" ")[2]
        return self.address

    async def client(self) -> RawClient:
        host, _, port = (await self.uri()).removeprefix("tcp://").rpartition(":")
        self.clients.append(RawClient(*await asyncio.open_connection(host, int(port))))
        return self.clients[-1]

    async def ends(self) -> int:
        """The exit status; what was logged until then is in :attr:`log`."""
        assert self.process.stderr is not None
        async with asyncio.timeout(GUARD_S):
            self.log += (await self.process.stderr.read()).decode()
            return await self.process.wait()


StartDaemon = Callable[..., Any]


@pytest.fixture
async def start_daemon() -> AsyncIterator[StartDaemon]:
    """Starts processes, and leaves none behind."""
    daemons: list[Daemon] = []

    async def start(
        uri: str = "tcp://127.0.0.1:0",
        manner: str = "",
        environment: dict[str, str] | None = None,
        conversation: dict[str, Any] | None = None,
    ) -> Daemon:
        settings = json.dumps({"service": {"uri": uri}, "conversation": conversation or {}})
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.daemon_with_stand_in", settings, manner),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={**os.environ, **(environment or {})},
        )
        daemons.append(Daemon(process))
        return daemons[-1]

    yield start
    for daemon in daemons:
        for client in daemon.clients:
            client.writer.transport.abort()
        if daemon.process.returncode is None:
            daemon.process.kill()
        await daemon.process.communicate()
