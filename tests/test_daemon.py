"""The server as a process: order of the start, the end by signals, systemd, pipes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.stand_ins import FORMAT, GUARD_S, RawClient, hello, types
from wyoming_lfm2.services.health import check_health

STARTED = "Listening on"


class Daemon:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log = ""
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
        return (await self.says(STARTED)).rpartition(" ")[2]

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


def on_pipes(daemon: Daemon) -> RawClient:
    assert daemon.process.stdin is not None
    assert daemon.process.stdout is not None
    return RawClient(daemon.process.stdout, daemon.process.stdin)


async def test_a_client_on_pipes_is_served_until_it_closes_them(start_daemon: StartDaemon) -> None:
    """stdio://: the log is on standard error, and whatever else is printed goes there too."""
    daemon = await start_daemon("stdio://", manner="talkative")
    client = on_pipes(daemon)
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    for _ in range(2):
        await client.send("transcribe", language="en")
        await client.send_audio(hello())
        events = await client.until("transcript-stop")
        assert [e.data["text"] for e in events if e.type == "transcript"] == ["Turn on the light."]
    client.writer.close()
    assert await client.rest() == []
    assert await daemon.ends() == 0
    assert "a library says hello" in daemon.log
    assert "Traceback" not in daemon.log


async def test_a_client_on_pipes_gets_its_transcript_although_it_has_closed_its_end(
    start_daemon: StartDaemon,
) -> None:
    """``cat events | wyoming-lfm2 serve --uri stdio:// | cat``."""
    daemon = await start_daemon("stdio://")
    client = on_pipes(daemon)
    await client.send_audio(hello())
    client.writer.close()
    events = await client.rest()
    assert [e.data["text"] for e in events if e.type == "transcript"] == ["Turn on the light."]
    assert await daemon.ends() == 0


async def test_a_client_on_pipes_that_sends_nonsense_gets_an_error_and_the_end(
    start_daemon: StartDaemon,
) -> None:
    daemon = await start_daemon("stdio://")
    client = on_pipes(daemon)
    await client.send_raw(b"hello\n")
    assert types(await client.rest()) == ["error"]
    client.writer.close()
    assert await daemon.ends() == 0


async def test_a_client_on_pipes_can_be_served_until_a_signal(start_daemon: StartDaemon) -> None:
    daemon = await start_daemon("stdio://")
    client = on_pipes(daemon)
    await client.send("audio-start", **FORMAT)
    await client.answers_ping()
    daemon.process.send_signal(signal.SIGTERM)
    assert types(await client.rest()) == ["error"]
    assert await daemon.ends() == 0


async def test_standard_input_that_is_no_pipe_is_said(start_daemon: StartDaemon, tmp_path: Path) -> None:
    (tmp_path / "events").write_text('{"type":"describe"}\n')
    with (tmp_path / "events").open("rb") as events:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.daemon_with_stand_in", '{"service":{"uri":"stdio://"}}'),
            stdin=events,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, log = await process.communicate()
    assert process.returncode == 1
    assert output == b""
    assert b"Standard input is not a pipe" in log


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
