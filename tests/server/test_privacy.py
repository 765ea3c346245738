"""What people say stays where it is, unless a person asked for something else."""

from __future__ import annotations

import errno
import logging
import os
import stat
import wave
from pathlib import Path

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import FORMAT, hello, silence, types
from wyoming_lfm2.protocol.health import check_health


async def say(port: Port) -> str:
    """One request with a transcript that nobody should read."""
    port.transcriber.words = ["The spare key", " is under the pot."]
    client = await port.connect()
    await client.send("transcribe", transcript_names=["Agatha"], context={"secret": "context"})
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    (text,) = [e.data["text"] for e in events if e.type == "transcript"]
    assert isinstance(text, str)
    return text


def wav_files(folder: Path) -> list[tuple[int, int, int, int]]:
    """Rate, width, channels and frames of every file."""
    found = []
    for file in folder.iterdir():
        with wave.open(str(file)) as wav:
            found.append((wav.getframerate(), wav.getsampwidth(), wav.getnchannels(), wav.getnframes()))
    return sorted(found)


def has_bytes(folder: Path) -> bool:
    """Whether audio has arrived in a file."""
    return any(file.stat().st_size > 44 for file in folder.iterdir())


async def test_neither_transcripts_nor_names_are_logged(port: Port, caplog: pytest.LogCaptureFixture) -> None:
    """Not even at level debug."""
    await say(port)
    assert caplog.records
    for secret in ("spare", "pot", "Agatha", "secret"):
        assert secret not in caplog.text


async def test_transcripts_are_logged_if_that_is_set(
    start_port: StartPort, caplog: pytest.LogCaptureFixture
) -> None:
    port = await start_port(log={"transcripts": True})
    await say(port)
    assert "The spare key is under the pot." in caplog.text


async def test_audio_is_saved_as_wav_if_that_is_set(start_port: StartPort, tmp_path: Path) -> None:
    """In a folder of its own, for nobody else to read, every request in a file of its own."""
    folder = tmp_path / "deep" / "audio"
    port = await start_port(log={"save_audio": str(folder)})
    await say(port)
    await say(port)
    await port.close()
    files = sorted(folder.iterdir())
    assert len(files) == 2
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with wave.open(str(file)) as wav:
            assert (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) == (16000, 2, 1)
            assert wav.readframes(wav.getnframes()) == hello()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_format_that_changes_is_saved_in_two_files(start_port: StartPort, tmp_path: Path) -> None:
    port = await start_port(log={"save_audio": str(tmp_path)})
    client = await port.connect()
    await client.send("audio-chunk", silence(0.1), **FORMAT)
    await client.send("audio-chunk", bytes(6 * 800), rate=8000, width=3, channels=2)
    await client.send("audio-stop")
    await client.until("transcript-stop")
    await port.close()
    assert wav_files(tmp_path) == [(8000, 3, 2, 800), (16000, 2, 1, 1600)]


async def test_a_folder_that_cannot_be_made_is_one_warning_and_no_lost_request(
    start_port: StartPort, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    port = await start_port(log={"save_audio": str(tmp_path / "file" / "audio")})
    for _ in range(3):
        assert await say(port) == "The spare key is under the pot."
    await port.close()
    (warning,) = port.warnings()
    assert "not saved" in warning
    assert str(tmp_path) in warning


async def test_a_full_disk_is_one_warning_and_no_lost_request(
    start_port: StartPort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(tmp_path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    port = await start_port(log={"save_audio": str(tmp_path)})
    for _ in range(3):
        assert await say(port) == "The spare key is under the pot."
    await port.close()
    (warning,) = port.warnings()
    assert "No space left" in warning


async def test_the_audio_of_a_client_that_hung_up_is_saved_too(start_port: StartPort, tmp_path: Path) -> None:
    """It is for finding faults: those are the interesting ones."""
    port = await start_port(log={"save_audio": str(tmp_path)})
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(silence(0.5), chunk=3200)
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    while not has_bytes(tmp_path):
        await client.answers_ping()
    await client.hang_up()
    await port.close()
    ((rate, width, channels, frames),) = wav_files(tmp_path)
    assert (rate, width, channels) == (16000, 2, 1)
    assert frames > 0


@pytest.mark.parametrize("wanted", [False, True])
async def test_what_the_model_wrote_in_the_place_of_a_call_is_logged_only_if_that_is_set(
    start_port: StartPort, caplog: pytest.LogCaptureFixture, wanted: bool
) -> None:
    port = await start_port(conversation={"home_control": True}, log={"transcripts": wanted})
    port.converser.fragments = ["<|tool_call_start|>", '[HassTurnOn(name="spare key"', "<|tool_call_end|>"]
    client = await port.connect()
    await client.send("transcript", text="Turn it on.")
    (event,) = await client.until("not-recognized")
    assert event.data["text"] == "Sorry, I am not sure what you want me to do."
    assert "the model wrote no call" in caplog.text
    assert ("spare key" in caplog.text) is wanted


async def test_a_health_check_is_neither_logged_nor_saved(
    start_port: StartPort, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """B4: 1,440 files a day, and as many lines."""
    port = await start_port(log={"save_audio": str(tmp_path), "transcripts": True})
    caplog.clear()
    await check_health(port.uri, 30.0)
    assert port.transcriber.completed == 1
    await port.close()
    assert wav_files(tmp_path) == []
    loud = [r.getMessage() for r in caplog.records if r.levelno > logging.DEBUG]
    assert loud == []
