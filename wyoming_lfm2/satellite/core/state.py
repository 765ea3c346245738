"""What a satellite is doing, as its lamp shows it."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """One at a time."""

    IDLE = "idle"
    """Waits for the wake word."""
    LISTENING = "listening"
    """Takes in a command."""
    THINKING = "thinking"
    """The command is complete, and nothing of the answer can be heard yet."""
    SPEAKING = "speaking"
    """An answer can be heard."""
    ANNOUNCING = "announcing"
    """Something can be heard that nobody here has asked for."""
    RINGING = "ringing"
    """A timer has run out."""
    MUTED = "muted"
    """At rest, and deaf because somebody wants it so."""
    OFFLINE = "offline"
    """At rest, and nobody is there who could answer."""
    DEAF = "deaf"
    """At rest, and without a microphone."""


AT_REST = frozenset({State.IDLE, State.MUTED, State.OFFLINE, State.DEAF})
"""Nothing is being done; which of the four depends on what is missing."""
