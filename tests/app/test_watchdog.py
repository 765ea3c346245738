"""A step that hangs for ever (B9): systemd hears of it by hearing nothing, clients and ``health`` are told."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
from pathlib import Path

import pytest

from tests.app.conftest import StartDaemon
from tests.server.stand_ins import GUARD_S, hello
from wyoming_lfm2.protocol.health import UnhealthyError, check_health
from wyoming_lfm2.systemd import watchdog_s


async def test_systemd_is_told_that_all_is_well_until_a_step_of_the_model_hangs(
    start_daemon: StartDaemon, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"{tmp_path}/notify")
        systemd.setblocking(False)
        daemon = await start_daemon(
            manner="hang-in-a-step",
            environment={"NOTIFY_SOCKET": f"{tmp_path}/notify", "WATCHDOG_USEC": "300000"},
        )

        async def told() -> bytes:
            return await loop.sock_recv(systemd, 4096)

        async with asyncio.timeout(GUARD_S):
            assert (await told()).startswith(b"READY=1\n")
            for _ in range(5):
                assert await told() == b"WATCHDOG=1"
        client = await daemon.client()
        await client.send_audio(hello())
        (event,) = await client.rest()
        assert (event.type, event.data["code"]) == ("error", "stalled")
        await daemon.says("The model has not finished a step for")
        while select.select([systemd], [], [], 0)[0]:  # what was said before
            assert await told() == b"WATCHDOG=1"
        await asyncio.sleep(1.0)
        assert not select.select([systemd], [], [], 0)[0]
        host, _, port = daemon.address.rpartition(":")
        with pytest.raises(UnhealthyError, match="stalled"):
            await check_health(f"{host}:{port}", GUARD_S)
        daemon.process.send_signal(signal.SIGTERM)
        assert await daemon.ends() == 0


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_what_systemd_wants_to_hear(environment: dict[str, str], seconds: float | None) -> None:
    assert watchdog_s(environment) == seconds
