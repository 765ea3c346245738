from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Start
from tests.model_sets import tiny_model_set
from wyoming_lfm2.gguf.quantization import Quantization


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a command did to the process's logging."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model that hears nonsense and comes to an end."""
    rig = {"<|im_end|>": 4.0}
    folder = tmp_path_factory.mktemp("model")
    return tiny_model_set(folder, quantization=Quantization.Q8_0, rig=rig).backbone.parent


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start ``wyoming-lfm2 serve`` with the tiny model; what is still there at the end is killed."""
    processes: list[subprocess.Popen[str]] = []

    def begin(*words: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "wyoming_lfm2", "serve", "--model-directory", str(folder)]
        process = subprocess.Popen(
            [*command, "--no-discovery", *words],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()
