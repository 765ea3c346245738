from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.gguf.gguf_draft import Draft
from tests.model_sets import tiny_model_set
from wyoming_lfm2.cli import checks
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.engine.llama import build_hints, library
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    return tiny_model_set(tmp_path_factory.mktemp("doctor"), quantization=Quantization.Q8_0)


@pytest.fixture
def words(tiny: ModelSet, tmp_path: Path) -> list[str]:
    folder = str(tiny.backbone.parent)
    port = "tcp://127.0.0.1:0"
    return ["doctor", "--model-directory", folder, "--cache", str(tmp_path), "--uri", port]


def test_a_sound_installation_has_nothing_to_complain_of(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "llama-cpp-python 0.3.36" in out
    assert "tiny-Q8_0.gguf" in out
    assert "MB of memory" in out
    assert "model.directory = " in out
    assert out.endswith("Nothing would go wrong.\n")


def test_a_port_in_use_is_a_problem(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        uri = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        assert main([*words, "--uri", uri]) == 1
    out = capsys.readouterr().out
    assert f"PROBLEM  {uri}: the port is in use" in out
    assert "1 thing would go wrong:" in out


def test_a_wrong_model_file_is_a_problem(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.gguf", "mmproj-a.gguf"):
        (tmp_path / name).write_bytes(b"<html>not found</html>")
    assert main([*words, "--model-directory", str(tmp_path)]) == 1
    assert f"PROBLEM  {tmp_path / 'a.gguf'}: " in capsys.readouterr().out


def test_a_library_for_another_processor_is_a_problem(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(library, "_cpu_flags", lambda cpuinfo: frozenset({"sse2"}))
    assert main(words) == 1
    out = capsys.readouterr().out
    assert "which this one lacks" in out
    assert f"{sys.executable} -m pip install --force-reinstall" in out
    assert "for a container, build the image" in out


def test_another_llama_cpp_python_is_a_problem_or_a_note_if_the_checks_only_warn(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_hints, "installed_version", lambda: "0.4.2")
    assert main(words) == 1
    out = capsys.readouterr().out
    assert "PROBLEM  llama-cpp-python is 0.4.2, and this program knows the memory layout of 0.3.36" in out
    assert f"Run: {sys.executable} -m pip install llama-cpp-python==0.3.36" in out
    assert main([*words, "--set", "model.checks=warn"]) == 0
    assert "note     llama-cpp-python is 0.4.2" in capsys.readouterr().out


def test_amx_that_gcc_12_compiled_is_a_problem_or_a_note_if_the_checks_only_warn(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(library, "has_broken_amx", lambda _: True)
    assert main(words) == 1
    out = capsys.readouterr().out
    assert "PROBLEM  llama.cpp was compiled by GCC 12 for a processor with AMX" in out
    assert 'Compile it without AMX: CMAKE_ARGS="-DCMAKE_C_FLAGS=-U__AMX_INT8__' in out
    assert main([*words, "--set", "model.checks=warn"]) == 0
    assert "note     llama.cpp was compiled by GCC 12" in capsys.readouterr().out


def test_what_the_check_of_files_let_pass_is_said(
    tiny: ModelSet, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = Draft.of(tiny.backbone)
    del draft.metadata["tokenizer.ggml.pre"]
    (tmp_path / "mmproj-tiny.gguf").symlink_to(tiny.mmproj)
    path = draft.write(tmp_path / "tiny.gguf")
    words = [*words, "--model-directory", str(tmp_path)]
    assert main(words) == 0
    assert f"note     {path}: its key tokenizer.ggml.pre is missing" in capsys.readouterr().out
    draft.number("lfm2.attention.sliding_window", 4096)
    draft.write(path)
    assert main(words) == 1
    out = capsys.readouterr().out
    assert "PROBLEM" in out and "it uses a sliding window" in out and "set model.checks to warn" in out
    assert main([*words, "--set", "model.checks=warn"]) == 0
    out = capsys.readouterr().out
    assert f"note     {path}: it uses a sliding window" in out
    assert "model.checks is warn: files that llama.cpp may not survive are not refused" in out


def test_official_files_in_a_folder_are_called_by_their_name(
    tiny: ModelSet, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "LFM2.5-Audio-1.5B-Q8_0.gguf").symlink_to(tiny.backbone)
    (tmp_path / "mmproj-LFM2.5-Audio-1.5B-Q8_0.gguf").symlink_to(tiny.mmproj)
    assert main([*words, "--model-directory", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    named = f"LFM2.5-Audio 1.5B by Liquid AI, English, Q8_0, from {tmp_path}"
    assert f"good     model lfm2.5-audio-1.5b (local): {named}\n" in out
    assert "nano" not in out


def test_layers_for_a_gpu_that_there_is_not_are_a_problem(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*words, "--set", "engine.gpu_layers=20"]
    llama = library.load_library().llama
    monkeypatch.setattr(llama, "llama_supports_gpu_offload", lambda: False)
    assert main(words) == 1
    assert "PROBLEM  engine.gpu_layers is 20, but llama.cpp has no GPU here" in capsys.readouterr().out
    monkeypatch.setattr(llama, "llama_supports_gpu_offload", lambda: True)
    assert main(words) == 0


def test_a_package_that_is_missing_is_a_problem_and_its_version_is_named(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "_requirements", lambda: ["no-such-package<2,>=1"])
    assert main(words) == 1
    out = capsys.readouterr().out
    assert f"Run: {sys.executable} -m pip install 'no-such-package<2,>=1'" in out


def test_a_model_that_does_not_fit_into_memory_is_a_problem(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wyoming_lfm2.models.memory.available_bytes", lambda: 1_000_000)
    assert main(words) == 1
    assert "MB of memory are needed and 1 MB are free" in capsys.readouterr().out


def test_more_threads_than_processors_are_a_problem(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--threads", "256"]) == 1
    assert "engine.threads is 256, more than there are processors" in capsys.readouterr().out


def test_a_cache_that_cannot_be_written_matters_only_to_downloads(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--cache", "/proc/cache"]) == 0
    out = capsys.readouterr().out
    assert "note     cache folder /proc/cache cannot be written" in out
    assert "made anew at each start" in out


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    return tiny_model_set(tmp_path_factory.mktemp("speaks"), quantization=Quantization.Q8_0, speech=True)


def test_who_speaks_is_said_and_a_default_voice_that_there_is_not_is_a_problem(
    speaking: ModelSet, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    words = [*words, "--model-directory", str(speaking.backbone.parent)]
    butler = ["--set", "speaking.voices={butler: {seed: 7}}", "--set"]
    assert main([*words, *butler, "speaking.voice=Butler"]) == 0
    assert "good     it speaks, the default first: butler, us-female, us-male\n" in capfd.readouterr().out
    assert main([*words, *butler, "speaking.voice=buttler"]) == 1
    shown = capfd.readouterr()
    assert (
        "PROBLEM  speaking.voice is buttler, which there is not: us-female would speak instead" in shown.out
    )
    assert "Did you mean butler?" in shown.out
    assert shown.err == ""


def test_what_is_written_down_about_people_is_said(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--set", "log.transcripts=true", "--set", "log.save_audio=/tmp/audio"]) == 0
    out = capsys.readouterr().out
    assert "note     log.transcripts is set" in out
    assert "note     log.save_audio is set" in out
