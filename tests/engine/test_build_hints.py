"""What is said of a llama.cpp that was not compiled for this machine."""

from __future__ import annotations

import logging
import sys
import tomllib
from pathlib import Path

import pytest

from wyoming_lfm2.engine.llama.build_hints import (
    LLAMA_CPP_PYTHON,
    compile_command,
    image_arguments,
    installed_version,
    requirement,
    wrong_version,
)
from wyoming_lfm2.engine.llama.context import load_model
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.models.model_set import ModelSet

ROOT = Path(__file__).parents[2]


def test_only_what_is_missing_is_left_out() -> None:
    assert image_arguments(["avx2", "fma"]) == "-DGGML_AVX2=OFF -DGGML_FMA=OFF"
    assert image_arguments(["sse3", "ssse3"]) == "-DGGML_SSE42=OFF"
    assert image_arguments(["dotprod"]) == ""


def test_the_version_to_compile_is_the_one_that_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert requirement() in project["dependencies"]
    assert installed_version() == LLAMA_CPP_PYTHON
    assert wrong_version() is None
    assert compile_command("-DGGML_CUDA=on").startswith(f"CMAKE_ARGS=-DGGML_CUDA=on {sys.executable} -m pip ")
    assert compile_command().endswith(f" --no-binary llama-cpp-python {requirement()}")


def test_the_readme_compiles_for_a_gpu_as_the_program_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", ".venv/bin/python")
    assert f"\n{compile_command('-DGGML_CUDA=on')}\n" in (ROOT / "docs" / "speed.md").read_text(
        encoding="utf-8"
    )


def test_layers_for_a_gpu_that_llama_does_not_have_are_reported_with_what_to_do(
    ending_set: ModelSet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library = load_library()
    for has_gpu, layers in ((True, 1), (False, 0), (False, 1)):
        monkeypatch.setattr(library.llama, "llama_supports_gpu_offload", lambda has_gpu=has_gpu: has_gpu)
        assert "engine.gpu_layers" not in caplog.text
        model = load_model(library, ending_set.backbone, gpu_layers=layers, memory_map=True)
        library.llama.llama_model_free(model)
    (record,) = [record for record in caplog.records if "engine.gpu_layers" in record.getMessage()]
    assert record.levelno == logging.WARNING
    assert "the processor does everything" in record.getMessage()
    assert "CMAKE_ARGS=-DGGML_CUDA=on " in record.getMessage()
