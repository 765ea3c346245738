"""How the server ends: by signals, whatever its clients and its model do, and by a model that has failed."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.app.conftest import StartDaemon
from tests.app.serving import serving
from tests.daemon_with_stand_in import StandInEngine
from tests.server.stand_ins import hello
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.discovery.announcer import Discovery
from wyoming_lfm2.server.server import Server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_with_status_0(
    start_daemon: StartDaemon, number: signal.Signals
) -> None:
    """M3."""
    daemon = await start_daemon()
    client = await daemon.client()
    await client.answers_ping()
    daemon.process.send_signal(number)
    assert await client.rest() == []
    assert await daemon.ends() == 0
    assert "Traceback" not in daemon.log
    assert "never retrieved" not in daemon.log


async def test_a_signal_during_a_transcription_tells_the_client(start_daemon: StartDaemon) -> None:
    """M3: the model hangs, the client still hears of the end."""
    daemon = await start_daemon(manner="hang")
    client = await daemon.client()
    await client.send_audio(hello())
    await client.answers_ping()
    daemon.process.send_signal(signal.SIGTERM)
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "closed")
    assert await daemon.ends() == 0
    assert "Traceback" not in daemon.log


async def test_a_client_that_stopped_reading_does_not_hold_up_the_end(start_daemon: StartDaemon) -> None:
    """M3."""
    daemon = await start_daemon()
    client = await daemon.client()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(20):
        client.writer.write(b'{"type":"ping","data_length":900012}\n{"text":"' + b"x" * 900_000 + b'"}')
    await asyncio.sleep(0.5)
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ends() == 0


async def test_a_model_that_does_not_let_go_does_not_hold_up_the_end(start_daemon: StartDaemon) -> None:
    """M3: a thread inside the C library cannot be interrupted; the process ends without it."""
    daemon = await start_daemon(manner="busy-close")
    await (await daemon.client()).answers_ping()
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ends() == 0
    assert "left behind" in daemon.log


async def test_a_second_signal_ends_the_server_at_once(start_daemon: StartDaemon) -> None:
    daemon = await start_daemon(manner="busy-close")
    await (await daemon.client()).answers_ping()
    daemon.process.send_signal(signal.SIGTERM)
    await daemon.says("SIGTERM: stopping")
    await asyncio.sleep(0.6)
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ends() == 128 + signal.SIGTERM
    assert "at once" in daemon.log


async def test_a_signal_that_arrives_twice_is_one_wish_to_stop(start_daemon: StartDaemon) -> None:
    """``timeout`` and terminals signal a process and then its group."""
    daemon = await start_daemon()
    await (await daemon.client()).answers_ping()
    daemon.process.send_signal(signal.SIGTERM)
    daemon.process.send_signal(signal.SIGTERM)
    assert await daemon.ends() == 0


async def test_a_server_whose_model_has_failed_ends_so_that_it_can_be_started_again(
    start_daemon: StartDaemon,
) -> None:
    daemon = await start_daemon(manner="die")
    client = await daemon.client()
    await client.send_audio(hello())
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "closed")
    assert await daemon.ends() == 1
    assert "the engine has failed" in daemon.log
    assert "Traceback" not in daemon.log


async def test_an_engine_is_closed_although_stopping_a_port_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B11: in order, after everything that may still ask it for something has stopped."""
    happened: list[str] = []
    stop = Server.stop

    class Engine(StandInEngine):
        async def close(self) -> None:
            happened.append("engine closed")

    async def broken(self: Server) -> None:
        happened.append("first port")
        await stop(self)
        raise OSError("the socket is gone")

    async def slow(self: Discovery) -> None:
        await asyncio.sleep(0.1)
        happened.append("announcement withdrawn")

    monkeypatch.setattr(Server, "stop", broken)
    monkeypatch.setattr(Discovery, "stop", slow)
    settings = Settings.model_validate({"service": {"uri": "tcp://127.0.0.1:0"}})
    with pytest.raises(OSError, match="the socket is gone"):
        async with serving(settings, tmp_path, Engine("")):
            pass
    assert happened == ["first port", "announcement withdrawn", "engine closed"]
