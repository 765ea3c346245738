from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wyoming_lfm2.invocation import pip, program


@pytest.mark.parametrize(
    ("called", "typed"),
    [
        (".venv/bin/wyoming-lfm2", ".venv/bin/wyoming-lfm2"),
        ("/opt/wyoming-lfm2/bin/wyoming-lfm2", "/opt/wyoming-lfm2/bin/wyoming-lfm2"),
        ("/home/me/my home/wyoming-lfm2", "'/home/me/my home/wyoming-lfm2'"),
        ("/src/wyoming_lfm2/__main__.py", f"{sys.executable} -m wyoming_lfm2"),
    ],
)
def test_the_program_is_what_was_typed(called: str, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [called, "serve"])
    assert program() == typed


def test_a_program_that_the_shell_finds_needs_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "wyoming-lfm2"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == "wyoming-lfm2"


def test_pip_is_that_of_the_python_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/home/me/clone/.venv/bin/python")
    assert pip() == "/home/me/clone/.venv/bin/python -m pip"
