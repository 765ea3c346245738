"""One line of what ``doctor`` prints: good, worth knowing or a problem, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a finding is meant."""

    GOOD = "good"
    NOTE = "note"
    """Worth knowing; nothing goes wrong."""
    PROBLEM = "PROBLEM"
    """Something will not work."""


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: State
    text: str
    remedy: str = ""
    """What to do; empty if nothing."""
