"""What a satellite can play, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class SoundKind(Enum):
    """Why it is played."""

    RING = "ring"
    """Of a timer, again and again until it is stopped."""
    ANNOUNCEMENT = "announcement"
    """From the brain, unasked."""
    ANSWER = "answer"
    """From the brain, in a run."""
    CHIME = "chime"
    """One of the satellite's own short sounds."""


class Chime(Enum):
    """The short sounds."""

    AWAKE = "awake"
    """Speak now."""
    DONE = "done"
    """The command is complete."""
    ERROR = "error"
    MUTED = "muted"


@dataclass(frozen=True)
class Sound:
    """One sound from its beginning to its end."""

    kind: SoundKind
    number: int
    """Counts up within its kind, and never returns."""
    chime: Chime | None = None
    """Which one, if it is a chime."""

    @property
    def is_from_brain(self) -> bool:
        """Whether the brain waits to hear that it was played."""
        return self.kind in {SoundKind.ANSWER, SoundKind.ANNOUNCEMENT}
