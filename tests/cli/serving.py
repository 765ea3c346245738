"""What the command line's tests need to know of a server that they started."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

Start = Callable[..., subprocess.Popen[str]]
"""Options of ``serve``, and environment variables by name."""


def listening(process: subprocess.Popen[str]) -> str:
    """Wait until the server listens, and return its uri."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"Listening on (\S+)", line):
            return found.group(1)
    raise AssertionError("the server ended before it listened")
