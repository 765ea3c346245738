from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.serving import Start, listening
from tests.model_sets import tiny_model_set
from tests.models.hub_server import Hub, running
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.catalog import CATALOG


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_served_model_is_healthy_and_a_signal_ends_it_in_order(
    start: Start, number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start("--uri", "tcp://127.0.0.1:0")
    uri = listening(process)
    assert main(["health", "--uri", uri]) == 0
    assert "answers with model" in capsys.readouterr().out
    process.send_signal(number)
    assert process.wait(timeout=150) == 0
    assert main(["health", "--uri", uri]) == 1
    assert "Is the server running?" in capsys.readouterr().err


def test_every_setting_may_come_from_the_environment(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "lfm2.sock"
    process = start(WYOMING_LFM2_SERVICE_URI=f"unix://{path}", WYOMING_LFM2_LOG_LEVEL="debug")
    assert listening(process) == f"unix://{path}"
    assert main(["health", "--uri", f"unix://{path}"]) == 0


def test_under_journald_lines_carry_no_time_of_their_own(start: Start) -> None:
    process = start("--uri", "tcp://127.0.0.1:0", JOURNAL_STREAM="1:2")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("INFO wyoming-lfm2 ")


def test_on_stdio_the_output_belongs_to_the_client(start: Start) -> None:
    process = start("--uri", "stdio://")
    out, err = process.communicate(timeout=150)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    _, err = process.communicate(timeout=150)
    return process.returncode, err.splitlines()


def test_a_port_in_use_is_one_sentence(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        uri = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        status, lines = ended(start("--uri", uri, "--log-level", "warning"))
    assert status == 1
    assert lines == [
        f"wyoming-lfm2: {uri}: the port is in use. Stop the other program, or choose another port with --uri"
    ]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.unlink(), "mmproj missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1000]), "mmproj-tiny-Q8_0.gguf: "),
        (lambda file: file.write_bytes(b"<html>"), "mmproj-tiny-Q8_0.gguf: "),
    ],
    ids=["missing", "cut short", "not a model"],
)
def test_a_wrong_model_file_is_one_sentence(
    start: Start, folder: Path, tmp_path: Path, spoil: Callable[[Path], object], sentence: str
) -> None:
    for file in folder.glob("*.gguf"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    spoil(tmp_path / "mmproj-tiny-Q8_0.gguf")
    words = ["--uri", "tcp://127.0.0.1:0", "--log-level", "warning"]
    status, lines = ended(start("--model-directory", str(tmp_path), *words))
    assert status == 1
    assert len(lines) == 1
    assert sentence in lines[0]


def test_a_model_that_is_not_here_and_may_not_be_fetched_is_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", "lfm2.5-audio-1.5b", "--cache", str(tmp_path), "--offline", "--log-level", "warning"]
    assert main(["serve", *words, "--uri", "tcp://127.0.0.1:0"]) == 1
    error = capfd.readouterr().err
    assert "lfm2.5-audio-1.5b in Q4_0 is not downloaded" in error
    assert "model.offline is set" in error
    assert error.count("\n") == 1


def test_a_model_that_is_not_here_is_downloaded_and_served(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = CATALOG["lfm2.5-audio-1.5b"]
    rig = {"<|im_end|>": 4.0}
    tiny = tiny_model_set(tmp_path / "made", quantization=Quantization.Q8_0, rig=rig, speech=True)
    stem = f"{entry.stem}-Q4_0.gguf"
    names = {stem: tiny.backbone, f"mmproj-{stem}": tiny.mmproj}
    names |= {f"vocoder-{stem}": tiny.vocoder, f"tokenizer-{stem}": tiny.tokenizer}
    files = {name: path.read_bytes() for name, path in names.items() if path is not None}
    with running(Hub(entry.repository, files)) as hub:
        words = ["--set", "model.directory=", "--model", entry.name, "--cache", str(tmp_path / "cache")]
        process = start(*words, "--uri", "tcp://127.0.0.1:0", HF_ENDPOINT=hub.url)
        uri = listening(process)
        assert len(hub.bodies_asked_for()) == 4
    assert main(["health", "--uri", uri]) == 0
    assert {path.name for path in (tmp_path / "cache").rglob(f"*{stem}")} == set(files)
    assert main(["voices", "--uri", uri]) == 0
    assert "uk-female" in capsys.readouterr().out


def test_the_settings_can_be_shown_without_serving(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--print-config", "--threads", "1"]) == 0
    assert "  threads: 1  # command line\n" in capsys.readouterr().out
