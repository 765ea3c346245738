"""The whole server in the test's own process, with a stand-in for the model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.daemon_with_stand_in import StandInEngine
from wyoming_lfm2 import app, systemd
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.server import Server


@asynccontextmanager
async def serving(
    settings: Settings, cache: Path, engine: StandInEngine | None = None
) -> AsyncIterator[list[int]]:
    """Serve inside the block; gives the number of each TCP port, in their order.

    :raises BaseException: what ended the server before, or while it was stopped.
    """
    stop, ready = asyncio.Event(), asyncio.Event()
    started: list[Server] = []

    async def load() -> StandInEngine:
        return engine or StandInEngine("")

    class Noted(Server):
        async def start(self, *args: object) -> None:
            await super().start(*args)  # type: ignore[arg-type]
            started.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "Server", Noted)
        patch.setattr(systemd, "notify", lambda *lines: ready.set() if lines[0] == "READY=1" else None)
        running = asyncio.create_task(app.serve(settings, load, stop, cache))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            running.result()
        try:
            yield [server.uri.port for server in started if isinstance(server.uri, TcpUri)]
        finally:
            stop.set()
            await running
