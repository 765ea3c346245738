"""How a command ends when it cannot do what was asked."""

from __future__ import annotations

FAILED = 1
"""Exit status: the thing was tried and did not work."""

USAGE = 2
"""Exit status: what was typed or configured makes no sense."""


class CommandError(Exception):
    """Ends the command with one sentence on standard error and an exit status."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        self.status = status
        super().__init__(message)
