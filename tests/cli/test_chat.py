from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import soundfile

from tests.model_sets import TINY_VOCODER, calling_model_set, tiny_model_set
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.gguf.quantization import Quantization

RECORDING = Path(__file__).parents[1] / "data" / "turn_on_the_kitchen_light.wav"
SHORT = ["--set", "conversation.answer_tokens=12"]
"""The tiny model knows no end."""


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rig = {"<|im_end|>": 0.0, "<|text_end|>": 0.0, "<|audio_start|>": 0.0}
    codes = {TINY_VOCODER.end_of_audio: 0.0}
    folder = tmp_path_factory.mktemp("talking")
    return tiny_model_set(folder, 1, Quantization.Q8_0, rig, speech=True, codes=codes).backbone.parent


@pytest.fixture
def words(talking: Path, tmp_path: Path) -> list[str]:
    return ["chat", "--model", "mine", "--model-directory", str(talking), "--cache", str(tmp_path), *SHORT]


def test_a_text_is_answered_and_a_line_says_that_the_model_loads(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "turn on", "the light"]) == 0
    said = capsys.readouterr()
    assert said.out.strip()
    assert said.err.startswith("Loading mine ...\n")


def test_each_line_of_standard_input_is_a_turn_that_goes_on_from_those_before(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("turn on the light\n\nturn on the light\n"))
    assert main(words) == 0
    twice = capsys.readouterr().out
    assert main([*words, "turn on the light"]) == 0
    once = capsys.readouterr().out
    assert twice.startswith(once)
    assert len(twice) > len(once)
    assert twice != once + once


def test_a_recording_is_heard_and_answered_in_text_and_sound(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.wav"
    assert main([*words, "--hear", str(RECORDING), "--output", str(file)]) == 0
    assert capsys.readouterr().out.strip()
    info = soundfile.info(file)
    assert (info.samplerate, info.channels, info.subtype) == (24_000, 1, "PCM_16")
    # Twelve tokens may come with 24 frames.
    assert info.frames == 24 * 1920


def test_nano_says_in_one_sentence_that_it_does_not_converse(
    talking: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", "--model", "nano", "--model-directory", str(talking), "hello"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "not trained to hold a conversation" in said.err


def test_what_makes_no_sense_is_refused_before_anything_is_loaded(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, "hello", "--hear", str(RECORDING)]) == 2
    assert main([*words, "hello", "--output", "-"]) == 2
    assert main([*words, "--hear", str(tmp_path / "none.wav")]) == 1
    assert "Loading" not in capsys.readouterr().err


def test_with_home_control_it_prints_what_would_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model's weights are random, and made to call something."""
    calling_model_set(tmp_path, 2, {"<|tool_call_start|>": 20.0, "<|im_end|>": 4.0})
    command = [
        "chat",
        "--home",
        "--model",
        "mine",
        "--model-directory",
        str(tmp_path),
        "--cache",
        str(tmp_path),
    ]
    # Its vocabulary is so small that the list of tools has a token for each letter.
    command += ["--set", "engine.context=8192", "--set", "conversation.dialogue_tokens=8000"]
    outcomes = []
    for confidence in ("0", "1"):
        assert (
            main([*command, "--set", f"conversation.home_confidence={confidence}", "turn on the light"]) == 0
        )
        outcomes.append(capsys.readouterr().out.splitlines())
    called, refused = outcomes
    assert re.fullmatch(r"Hass\w+\(.*\) \(\d+% sure\)", called[0])
    assert refused == [called[0], "Sorry, I am not sure what you want me to do."]


def test_home_control_is_for_text_and_for_models_that_can_call(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, "--home", "--hear", str(RECORDING)]) == 2
    assert main([*words, "--home", "hello", "--output", str(tmp_path / "a.wav")]) == 2
    assert "Loading" not in capsys.readouterr().err
    assert main([*words, "--home", "hello"]) == 1
    assert "no tokens for calls" in capsys.readouterr().err


def test_nano_says_what_time_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "What time is it?"]) == 0
    assert re.fullmatch(r"It's \d{1,2}:\d\d [AP]M\.\n", capsys.readouterr().out)
