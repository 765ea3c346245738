"""Another program that wants the processor as well."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_BUSY = "x = 0\nwhile True: x += 1"


@contextlib.contextmanager
def busy_neighbour(wanted: bool) -> Iterator[None]:
    """Keep one processor busy with another process, if ``wanted``."""
    if not wanted:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", _BUSY]) as process:
        try:
            yield
        finally:
            process.kill()
