from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.serving import Start, listening
from wyoming_lfm2.cli.main import main

DATA = Path(__file__).parents[1] / "data"
KITCHEN = str(DATA / "turn_on_the_kitchen_light.wav")
FORWARD = str(DATA / "go_forward_10_meters.wav")


@pytest.fixture
def words(folder: Path) -> list[str]:
    return ["transcribe", "--model-directory", str(folder)]


def test_one_recording_gives_its_text_and_several_their_names(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, KITCHEN]) == 0
    alone = capfd.readouterr().out
    assert len(alone.strip()) > 0
    assert main([*words, KITCHEN, FORWARD]) == 0
    both = capfd.readouterr().out.splitlines()
    assert both[0] == f"{KITCHEN}: {alone.rstrip()}"
    assert both[1].startswith(f"{FORWARD}: ")


def test_json_says_what_was_heard_where_and_how_long_it_took(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--json", KITCHEN]) == 0
    line = json.loads(capfd.readouterr().out)
    assert line["file"] == KITCHEN
    assert line["audio_s"] == pytest.approx(soundfile.info(KITCHEN).duration, abs=0.001)
    assert line["took_s"] > 0
    assert " ".join(piece["text"] for piece in line["pieces"]) == line["text"]
    assert all(0 <= piece["start_s"] < piece["end_s"] <= line["audio_s"] for piece in line["pieces"])


def test_a_recording_that_fails_does_not_keep_the_others_from_being_heard(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    assert main([*words, "--json", str(broken), "missing.wav", KITCHEN]) == 1
    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["file"] for line in lines] == [str(broken), "missing.wav", KITCHEN]
    assert "error" in lines[0]
    assert lines[1]["error"] == "missing.wav does not exist."
    assert lines[2]["text"]
    assert err.splitlines()[1] == "wyoming-lfm2: missing.wav does not exist."
    assert "Traceback" not in err


def test_silence_says_nothing(words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    silence = tmp_path / "silence.flac"
    soundfile.write(silence, np.zeros(32_000), 16_000)
    assert main([*words, str(silence)]) == 0
    assert capfd.readouterr().out == "\n"


def test_a_long_recording_is_cut_and_has_no_limit(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    speech, rate = soundfile.read(KITCHEN)
    pause = np.zeros(rate)
    long = tmp_path / "long.wav"
    soundfile.write(long, np.concatenate([speech, pause, speech, pause, speech]), rate)
    limits = ["--set", "hearing.longest_piece_s=4", "--set", "hearing.longest_request_s=5"]
    assert main([*words, *limits, "--json", str(long)]) == 0
    line = json.loads(capfd.readouterr().out)
    assert line["audio_s"] > 5
    assert len(line["pieces"]) >= 3


def test_a_server_hears_the_same_as_the_model_that_is_loaded_here(
    words: list[str], start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--json", KITCHEN]) == 0
    here = json.loads(capfd.readouterr().out)
    uri = listening(start("--uri", "tcp://127.0.0.1:0"))
    assert main(["transcribe", "--uri", uri, "--json", KITCHEN]) == 0
    there = json.loads(capfd.readouterr().out)
    assert there["text"] == here["text"]
    assert "pieces" not in there
    assert main(["transcribe", "--uri", uri, "--language", "xx", KITCHEN]) == 1
    assert capfd.readouterr().err.startswith(f"wyoming-lfm2: {KITCHEN}: {uri}: ")


def test_standard_input_is_a_recording_too(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with Path(KITCHEN).open("rb") as recording:
        done = subprocess.run(
            [sys.executable, "-m", "wyoming_lfm2", *words, "-"],
            stdin=recording,
            capture_output=True,
            text=True,
            check=False,
        )
    assert main([*words, KITCHEN]) == 0
    assert (done.returncode, done.stdout) == (0, capfd.readouterr().out)
    assert done.stderr == ""


def test_a_server_that_is_not_there_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "--uri", "tcp://127.0.0.1:9", KITCHEN]) == 1
    error = capfd.readouterr().err
    assert error.startswith(f"wyoming-lfm2: {KITCHEN}: tcp://127.0.0.1:9: no connection")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["--uri", "http://localhost", KITCHEN], ["--language", "en", KITCHEN]],
    ids=["a uri of another kind", "a language without a server"],
)
def test_what_makes_no_sense_has_status_2(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", *words]) == 2
    assert capfd.readouterr().err.startswith("wyoming-lfm2: ")
