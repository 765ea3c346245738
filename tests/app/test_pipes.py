"""The server on pipes: one client, on standard input and output."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.app.conftest import Daemon, StartDaemon
from tests.server.stand_ins import FORMAT, RawClient, hello, types


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
