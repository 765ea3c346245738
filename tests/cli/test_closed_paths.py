"""What a user meets whom the system does not let in: one sentence, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unprivileged import run_python
from wyoming_lfm2.models.storage import DownloadRecord, set_folder

NAME = "lfm2.5-audio-1.5b"


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize(
    "command",
    [
        "serve --model-directory {closed}",
        "serve --model-directory {closed}/model",
        "serve --config {closed}/settings.yaml",
        "serve --set model.mimi={closed}/mimi.safetensors",
        f"serve --model {NAME} --cache {{closed}} --offline",
        f"serve --model {NAME} --cache {{closed}}",
        f"doctor --model {NAME} --cache {{closed}}",
        "voices --model-directory {closed}",
        "models list --cache {closed}",
        "models verify --cache {closed}",
        f"models download {NAME} --cache {{closed}}",
        "speak hello --output {closed}/hello.wav",
    ],
)
def test_a_path_that_this_user_may_not_enter_is_one_sentence(command: str, closed: Path) -> None:
    words = command.format(closed=closed).split()
    if words[0] in ("serve", "doctor"):
        words += ["--uri", "tcp://127.0.0.1:0", "--no-discovery"]
    ended = run_python("-m", "wyoming_lfm2", *words)
    assert ended.returncode in (1, 2)
    assert "Traceback" not in ended.stderr
    told = ended.stdout if words[0] == "doctor" else ended.stderr
    (last,) = told.splitlines()[-1:]
    assert str(closed) in last
    assert "permission denied" in last.lower() or "cannot be written" in last


def test_doctor_finds_that_model_and_cache_are_closed_to_this_user(closed: Path) -> None:
    words = ["--model", NAME, "--cache", str(closed), "--uri", "tcp://127.0.0.1:0", "--no-discovery"]
    found = run_python("-m", "wyoming_lfm2", "doctor", *words).stdout
    assert f"PROBLEM  {closed}/models/{NAME}: user " in found
    assert f"PROBLEM  cache folder {closed} cannot be written: Permission denied" in found


def test_a_downloaded_file_that_this_user_may_not_read_is_not_called_damaged(tmp_path: Path) -> None:
    folder = set_folder(tmp_path, NAME)
    folder.mkdir(parents=True)
    file = folder / "LFM2.5-Audio-1.5B-Q4_0.gguf"
    file.write_bytes(b"GGUF")
    DownloadRecord("LiquidAI/LFM2.5-Audio-1.5B-GGUF", "c0ffee", "0" * 64, 4).write(file)
    file.chmod(0)
    ended = run_python("-m", "wyoming_lfm2", "models", "verify", "--cache", str(tmp_path))
    assert ended.returncode == 1
    assert f"BAD   {file}  user " in ended.stdout
    assert "(permission denied); give that user access" in ended.stdout
    assert ended.stderr == ""
