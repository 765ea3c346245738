"""What a satellite is to do next, in the order given. Times are of the monotonic clock, in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wyoming_lfm2.satellite.core.sounds import Sound
from wyoming_lfm2.satellite.core.state import State


@dataclass(frozen=True)
class StartRun:
    """Let the brain hear a command."""

    run: int
    """Goes into every happening of this run; those of another run are stale."""
    audio_from: float
    """Captured from this time on: earlier, out of the pre-roll, or later, after our own voice has died away."""
    wake_word: str | None = None
    """None: it was not called by one."""
    pipeline: str | None = None
    follow_up: bool = False
    """It replies to a question of the brain: the same conversation."""


@dataclass(frozen=True)
class EndAudio:
    """The brain hears nothing more in this run."""

    run: int


@dataclass(frozen=True)
class CancelRun:
    """The brain drops this run: whatever still comes of it is not wanted. A sound that plays goes on."""

    run: int


@dataclass(frozen=True)
class PlaySound:
    """Begin to play; a ring repeats until it is stopped. Nothing else is playing then."""

    sound: Sound


@dataclass(frozen=True)
class StopSound:
    """Silence at once, and no ``Played`` is needed."""

    sound: Sound


@dataclass(frozen=True)
class FinishSound:
    """No more of this sound will come: play what is there, then say ``Played``."""

    sound: Sound


@dataclass(frozen=True)
class ReportPlayed:
    """Tell the brain that its sound is over. Exactly once for each that it began."""

    sound: Sound


@dataclass(frozen=True)
class DuckOthers:
    """Music and the like become quieter; ``UnduckOthers`` follows."""


@dataclass(frozen=True)
class UnduckOthers:
    """Music and the like become as loud as they were."""


@dataclass(frozen=True)
class DuckPlayback:
    """The satellite's own sound becomes quieter, to hear who speaks; ``UnduckPlayback`` follows."""


@dataclass(frozen=True)
class UnduckPlayback:
    """The satellite's own sound becomes as loud as it was."""


@dataclass(frozen=True)
class ShowState:
    """The state has changed."""

    state: State


@dataclass(frozen=True)
class RememberMute:
    """Whether a person has muted the microphone; survives a restart."""

    muted: bool


@dataclass(frozen=True)
class Notify:
    """Tell the hooks and the control socket."""

    event: str
    data: Mapping[str, str | int | bool] = field(default_factory=dict)


Action = (
    StartRun
    | EndAudio
    | CancelRun
    | PlaySound
    | StopSound
    | FinishSound
    | ReportPlayed
    | DuckOthers
    | UnduckOthers
    | DuckPlayback
    | UnduckPlayback
    | ShowState
    | RememberMute
    | Notify
)
