"""Looks at paths that may be closed to this user, and says so in words.

Not with ``Path.is_file`` and its like: before Python 3.14 they raise for such a path, and from then on they call it
missing.
"""

from __future__ import annotations

import os
from pathlib import Path

GIVE_ACCESS = "Give that user access, or choose another"
"""How a remedy begins; what could be chosen instead follows."""


def mode_of(path: Path) -> int:
    """Return the ``st_mode`` of what is at ``path``, 0 if nothing is.

    :raises OSError: this user may not look.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # ValueError: a name that no file can have.
        return 0


def why_closed(error: OSError) -> str:
    """Say why a path could not be looked at; the path comes before it."""
    return f"user {os.getuid()} cannot read it ({(error.strerror or str(error)).lower()})"
