"""How a satellite behaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wyoming_lfm2.satellite.core.sounds import Chime


class Listen(Enum):
    """What begins a run, besides the button and the control socket."""

    ON_REQUEST = "on-request"
    """A wake word, if one is listened for."""
    ON_SPEECH = "on-speech"
    """Any speech."""
    ALWAYS = "always"
    """Nothing: one run follows the other, and the brain finds out what is meant for it."""


@dataclass(frozen=True)
class CoreSettings:
    """Times in seconds."""

    listen: Listen = Listen.ON_REQUEST
    chimes: frozenset[Chime] = frozenset(Chime)
    """Those that are played at all."""
    chime_after_s: float = 0.3
    """Speech this soon after the wake word is a command in one breath, and no chime disturbs it."""
    follow_up_s: float = 5.0
    """How long a reply to a question is waited for, without a wake word; 0: not at all."""
    hold_off_s: float = 0.4
    """How long our own voice goes on in the room after its last sample."""
    speech_lead_s: float = 0.25
    """A run begun by speech begins this much before: the detector is late with soft consonants."""
    wake_again_s: float = 2.0
    """The wake word is a new one if the last is this long ago; Home Assistant takes it for the same before."""
    longest_listening_s: float = 30.0
    longest_thinking_s: float = 60.0
    """Between the end of the command and the first sound, and between two sounds of an answer."""
    longest_ring_s: float = 900.0
    ring_waits_s: float = 5.0
    """A timer that runs out while somebody speaks rings after it, but waits no longer than this."""
    duck_playback: bool = True
    """Speech over our own sound makes it quieter, so that a wake word or a stop phrase can be heard."""
    longest_playback_duck_s: float = 3.0
    """A television that talks on does not keep us quiet."""
    first_retry_s: float = 1.0
    """After an error where one run follows the other; doubles with each error."""
    last_retry_s: float = 30.0
