"""A model that is still being downloaded: signals are heard, and what came is kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Start
from tests.models.downloading import BACKBONE, CHUNK, ENTRY, MMPROJ
from tests.models.hub_server import Hub, running
from wyoming_lfm2.models.storage import set_folder

RECORDING = Path(__file__).parents[1] / "data" / "turn_on_the_kitchen_light.wav"


@pytest.fixture
def stalling_hub() -> Iterator[Hub]:
    """Sends the beginning of the first file, and then nothing more."""
    names = (BACKBONE, MMPROJ, f"vocoder-{BACKBONE}", f"tokenizer-{BACKBONE}")
    files = {name: bytes(CHUNK + 1000) for name in names}
    with running(Hub(ENTRY.repository, files, stall_after=CHUNK + 500)) as hub:
        yield hub


def environment(hub: Hub) -> dict[str, str]:
    """Where the hub is, and no end of patience with it: without a signal a download ends when the test does."""
    return {"HF_ENDPOINT": hub.url, "HF_HUB_DOWNLOAD_TIMEOUT": "3600"}


def options(cache: Path) -> list[str]:
    return ["--model", ENTRY.name, "--cache", str(cache)]


def part_that_came(process: subprocess.Popen[str], cache: Path) -> Path:
    """Wait until the first piece of a file is on the disk."""
    while True:
        assert process.poll() is None
        for part in set_folder(cache, ENTRY.name).glob("*.part"):
            if part.stat().st_size == CHUNK:
                return part
        time.sleep(0.05)


def test_a_signal_while_the_model_is_downloaded_ends_the_server_in_order_and_keeps_what_came(
    start: Start, stalling_hub: Hub, tmp_path: Path
) -> None:
    words = ["--set", "model.directory=", *options(tmp_path), "--uri", "tcp://127.0.0.1:0"]
    process = start(*words, **environment(stalling_hub))
    part = part_that_came(process, tmp_path)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 0
    assert "SIGTERM: stopping" in err
    assert "left behind" not in err
    assert "Traceback" not in err
    assert part.stat().st_size == CHUNK


def test_a_port_in_use_is_said_before_anything_is_downloaded(
    start: Start, stalling_hub: Hub, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        uri = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        words = ["--set", "model.directory=", *options(tmp_path), "--uri", uri]
        _, err = start(*words, **environment(stalling_hub)).communicate()
    assert "the port is in use" in err
    assert stalling_hub.requests == []


@pytest.mark.parametrize("words", [["transcribe", str(RECORDING)], ["speak", "hello"], ["chat", "hello"]])
def test_ctrl_c_while_the_model_is_downloaded_ends_a_command_at_once(
    words: list[str], stalling_hub: Hub, tmp_path: Path
) -> None:
    # A shell lets its background jobs ignore it, and they their children.
    here = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "wyoming_lfm2", *words, *options(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment(stalling_hub)},
    )
    signal.signal(signal.SIGINT, here)
    try:
        part_that_came(process, tmp_path)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
