from __future__ import annotations

import getpass
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.invocation import program
from wyoming_lfm2.models.verify import sha256_of

SHORT = ["--set", "engine.frames_per_character=0.05", "--set", "conversation.answer_tokens=8"]
"""Random weights know no end."""


@pytest.fixture(scope="module")
def random_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jane doe") / "random"
    return tiny_model_set(folder, quantization=Quantization.Q8_0, speech=True).backbone.parent


@pytest.mark.timeout(600)
def test_nano_passes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.md"
    assert main(["models", "try", "nano", "--report", str(report)]) == 0
    out = capfd.readouterr().out
    assert "Looks wrong" not in out
    assert re.search(r"^hears turn_on_the_kitchen_light.flac +0 of 5 ", out, re.MULTILINE)
    for what in ("us-female", "us-male"):
        (wrong,) = re.findall(rf"^{what}, heard again +(\d+) of 34 ", out, re.MULTILINE)
        assert int(wrong) <= 8
    assert "  answer  Turned on the kitchen light." in out
    assert re.search(r"^answers in text and sound +\d of 5 ", out, re.MULTILINE)
    written = report.read_text(encoding="utf-8")
    assert "# Trial of nano" in written
    assert "llama-cpp-python 0.3" in written
    assert "did not come to its end" not in written


def test_random_weights_fail_in_plain_words_and_the_report_names_nobody(
    random_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(random_folder.parent))
    report = tmp_path / "report.md"
    command = ["models", "try", "lfm2.5-audio-1.5b", "--model-directory", str(random_folder)]
    command += ["--cache", str(tmp_path / "cache"), "--report", str(report), *SHORT]
    assert main(command) == 1
    captured = capfd.readouterr()
    assert "This model does not work: nothing that it heard or said was right" in captured.out
    assert re.search(r"turn_on_the_kitchen_light.flac: .*(ran away|words are wrong)", captured.out)
    assert "See whether the files are whole" in captured.out
    assert "Traceback" not in captured.err and "WARNING" not in captured.err
    written = report.read_text(encoding="utf-8")
    assert "This model does not work" in written
    for file in random_folder.glob("*.gguf"):
        assert f"| {file.name} | {file.stat().st_size:,} | {sha256_of(file)} |" in written
    for private in ("jane doe", str(tmp_path), socket.gethostname()):
        assert private not in written
    user = getpass.getuser()
    assert user == "root" or user not in written


def test_a_set_that_does_not_load_leaves_a_report_that_says_why(
    random_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(random_folder, folder)
    (mmproj,) = folder.glob("mmproj-*.gguf")
    mmproj.write_bytes(mmproj.read_bytes()[:1000])
    report = tmp_path / "report.md"
    assert main(["models", "try", "--model-directory", str(folder), "--report", str(report)]) == 1
    error = capfd.readouterr().err.splitlines()[-1]
    assert error.startswith(f"wyoming-lfm2: {mmproj}")
    written = report.read_text(encoding="utf-8")
    assert "did not come to its end" in written
    assert mmproj.name in written and str(folder) not in written


def test_a_process_that_is_ended_leaves_a_report_that_says_at_what(
    random_folder: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.md"
    script = (
        "import os, sys\n"
        "from wyoming_lfm2.cli.main import main\n"
        "from wyoming_lfm2.engine.engine import Engine\n"
        "Engine.transcribe = lambda *_: os.abort()\n"
        "main(sys.argv[1:])\n"
    )
    words = ["models", "try", "--model-directory", str(random_folder), "--report", str(report)]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=False)
    assert done.returncode < 0
    assert "It was at this: hears turn_on_the_kitchen_light.flac." in report.read_text(encoding="utf-8")


def test_a_set_that_only_hears_is_not_blamed_for_not_speaking(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    silent = tiny_model_set(tmp_path / "silent", quantization=Quantization.Q8_0, rig={"<|im_end|>": 4.0})
    main(["models", "try", "--model-directory", str(silent.backbone.parent), *SHORT])
    out = capfd.readouterr().out
    lines = [line for line in out.splitlines() if "not offered by this model" in line]
    assert [line.split("  ")[0] for line in lines] == [
        "speaks",
        "answers in text",
        "answers in text and sound",
    ]
    assert "vocoder and tokenizer" in out
    assert "was not trained to hold a conversation" in " ".join(out.split())


def test_a_set_that_is_not_here_says_how_to_download_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    words = ["models", "try", "lfm2.5-audio-1.5b", "--quantization", "Q8_0", "--cache", str(cache)]
    assert main(words) == 1
    command = f"{program()} models download lfm2.5-audio-1.5b --quantization Q8_0 --cache {cache}"
    assert f"Run: {command}\n" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_known_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "try", "--report", str(tmp_path / "missing" / "report.md")]) == 1
    captured = capsys.readouterr()
    assert "cannot be written: No such file" in captured.err
    assert captured.out == ""


def test_a_name_that_there_is_not_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "try", "nanu"]) == 1
    assert "did you mean nano?" in capsys.readouterr().err.lower()
