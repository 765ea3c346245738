"""The tests share a machine with whatever else runs there: idle threads sleep, as they do by default when serving."""

from __future__ import annotations

import sys

from wyoming_lfm2.engine.llama.process_environment import prepare

prepare("passive")


def pytest_unconfigure() -> None:
    """Close what llama-cpp-python opens on import and never closes: warnings are errors, to the very end."""
    if module := sys.modules.get("llama_cpp._utils"):
        module.outnull_file.close()
        module.errnull_file.close()
