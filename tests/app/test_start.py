"""How the server starts: in which order, what it says if it cannot, or cannot do all, and to systemd."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

from tests.app.conftest import StartDaemon
from tests.server.stand_ins import GUARD_S
from wyoming_lfm2.protocol.health import check_health


async def test_a_signal_while_the_model_is_loading_ends_the_server(start_daemon: StartDaemon) -> None:
    daemon = await start_daemon(manner="load-for-ever")
    await daemon.says("loading")
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ends() == 0


async def test_a_port_in_use_is_said_before_the_model_is_loaded(start_daemon: StartDaemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        daemon = await start_daemon(f"tcp://127.0.0.1:{other.getsockname()[1]}")
        assert await daemon.ends() == 1
    assert "the port is in use" in daemon.log
    assert "loading" not in daemon.log


async def test_a_model_that_cannot_be_loaded_is_one_sentence(
    start_daemon: StartDaemon, tmp_path: Path
) -> None:
    """Users' row 20: no crash loop without a word; and nothing is left of the port."""
    daemon = await start_daemon(f"unix://{tmp_path}/port.sock", manner="fail")
    assert await daemon.ends() == 1
    assert "backbone.gguf: The file is cut short. Download it again" in daemon.log
    assert "Traceback" not in daemon.log
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


async def test_systemd_is_told_when_clients_can_come_and_when_they_cannot(
    start_daemon: StartDaemon, tmp_path: Path
) -> None:
    """Type=notify."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"{tmp_path}/notify")
        systemd.setblocking(False)
        daemon = await start_daemon(environment={"NOTIFY_SOCKET": f"{tmp_path}/notify"})
        async with asyncio.timeout(GUARD_S):
            ready = await loop.sock_recv(systemd, 4096)
        assert ready.startswith(b"READY=1\nSTATUS=")
        await check_health(await daemon.uri(), GUARD_S)
        daemon.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GUARD_S):
            assert await loop.sock_recv(systemd, 4096) == b"STOPPING=1"
        assert await daemon.ends() == 0


async def test_only_this_machine_is_served_and_nothing_is_announced(start_daemon: StartDaemon) -> None:
    daemon = await start_daemon()
    assert "only this machine can reach" in await daemon.says("Not announced")


async def test_a_prompt_for_which_the_model_is_too_small_leaves_a_server_without_conversation(
    start_daemon: StartDaemon,
) -> None:
    daemon = await start_daemon(manner="small")
    assert "engine.context" in await daemon.says("No conversation")
    client = await daemon.client()
    await client.send("describe")
    (info,) = await client.until("info")
    assert info.data["asr"]
    assert not info.data["handle"]
    await client.send("transcript", text="Hello.")
    assert (await client.until("not-handled"))[-1].data["text"] == "Sorry, conversation is switched off."


async def test_home_control_that_the_model_cannot_have_is_reported_with_what_to_do(
    start_daemon: StartDaemon,
) -> None:
    daemon = await start_daemon(conversation={"home_control": True})
    assert "conversation.home_control to false" in await daemon.says("No home control")
    daemon = await start_daemon(conversation={"home_control": True, "enabled": False})
    await daemon.uri()
    assert "home control" not in daemon.log
