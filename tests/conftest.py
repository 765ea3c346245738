"""The tests share a machine with whatever else runs there: idle threads sleep, as they do by default when serving."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.slow import SLOW
from wyoming_lfm2.engine.llama.process_environment import prepare

prepare("passive")

_SLOW = tuple(str(Path(__file__).parent / name) for name in SLOW)
_SLOW_FOLDERS = tuple(f"{path}/" for path, name in zip(_SLOW, SLOW, strict=True) if name.endswith("/"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``tests/slow.py`` lists."""
    for item in items:
        if str(item.path) in _SLOW or str(item.path).startswith(_SLOW_FOLDERS):
            item.add_marker(pytest.mark.slow)


def pytest_unconfigure() -> None:
    """Close what llama-cpp-python opens on import and never closes: warnings are errors, to the very end."""
    if module := sys.modules.get("llama_cpp._utils"):
        module.outnull_file.close()
        module.errnull_file.close()
