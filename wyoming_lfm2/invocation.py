"""How this program and its pip are called here, so that a remedy can be typed as it stands."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "wyoming-lfm2"


def program() -> str:
    """Return what to type for this program: the name where the shell finds it, else the path that was typed."""
    called = Path(sys.argv[0])
    if called.name != _NAME:
        return shlex.join([sys.executable, "-m", "wyoming_lfm2"])
    found = shutil.which(_NAME)
    if found is not None and Path(found).absolute() == called.absolute():
        return _NAME
    return shlex.quote(str(called))


def pip() -> str:
    """Return what to type for the pip that installs where this program runs."""
    return shlex.join([sys.executable, "-m", "pip"])
