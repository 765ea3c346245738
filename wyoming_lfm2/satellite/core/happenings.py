"""What can happen to a satellite. Times are of the monotonic clock, in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wyoming_lfm2.satellite.core.sounds import Sound


class MuteSource(Enum):
    """Who mutes the microphone; it hears again when nobody does."""

    PERSON = "person"
    """A button, or the control socket."""
    HUB = "hub"
    """Home Assistant's mute switch."""


@dataclass(frozen=True)
class WakeWordHeard:
    """Somebody has called the satellite."""

    wake_word: str
    ended_at: float
    """When the word ended in the room; the command begins there."""
    pipeline: str | None = None
    """The one that this wake word is for; None: the usual one."""


@dataclass(frozen=True)
class SpeechStarted:
    """The voice activity detector finds speech."""

    at: float
    """When it began in the room."""


@dataclass(frozen=True)
class SpeechStopped:
    """The voice activity detector finds none any more."""

    at: float
    """When the last of it was said."""


@dataclass(frozen=True)
class StopPhraseHeard:
    """Somebody has said "stop" or the like, and nothing else."""

    phrase: str


@dataclass(frozen=True)
class MicrophoneLost:
    """No sound comes in any more."""


@dataclass(frozen=True)
class MicrophoneFound:
    """Sound comes in."""


@dataclass(frozen=True)
class WakeRequested:
    """As if somebody had said the wake word: from the control socket."""

    pipeline: str | None = None


@dataclass(frozen=True)
class StopRequested:
    """Be quiet and do nothing: from the control socket."""


@dataclass(frozen=True)
class ButtonPressed:
    """The one button: begins when nothing is going on, and otherwise stops."""

    pipeline: str | None = None


@dataclass(frozen=True)
class Muted:
    """The microphone is not to be heard."""

    source: MuteSource = MuteSource.PERSON


@dataclass(frozen=True)
class Unmuted:
    """It may be heard again."""

    source: MuteSource = MuteSource.PERSON


@dataclass(frozen=True)
class BrainAvailable:
    """Somebody is there who can answer."""

    name: str = ""


@dataclass(frozen=True)
class BrainLost:
    """Nobody is there any more who can answer."""


@dataclass(frozen=True)
class SpeechEnded:
    """The brain has heard enough: the command is complete."""

    run: int


@dataclass(frozen=True)
class TranscriptArrived:
    """The brain says what it has heard."""

    run: int
    text: str


@dataclass(frozen=True)
class AnswerTextArrived:
    """The brain says what it is going to say."""

    run: int
    text: str


@dataclass(frozen=True)
class AnswerSoundStarted:
    """The brain begins to speak. A run can have several sounds; they are heard in their order."""

    run: int
    sound: Sound


@dataclass(frozen=True)
class RunFinished:
    """The brain has given all that it has to give."""

    run: int
    expects_reply: bool = False
    """It has asked something."""


@dataclass(frozen=True)
class RunFailed:
    """The brain cannot go on."""

    run: int
    text: str
    code: str = ""
    """Home Assistant's, or of ours."""


@dataclass(frozen=True)
class AnnouncementArrived:
    """The brain speaks unasked."""

    sound: Sound


@dataclass(frozen=True)
class Played:
    """The last sample of a sound has been heard, or the player has given it up."""

    sound: Sound


@dataclass(frozen=True)
class TimerFinished:
    """A timer has run out."""

    timer_id: str
    name: str = ""


@dataclass(frozen=True)
class TimerCancelled:
    """A timer, which may be ringing, is not wanted any more."""

    timer_id: str


@dataclass(frozen=True)
class DeadlinePassed:
    """The time is there that ``Machine.deadline`` named."""


@dataclass(frozen=True)
class ShutdownRequested:
    """The program ends: leave everything as it was found."""


Happening = (
    WakeWordHeard
    | SpeechStarted
    | SpeechStopped
    | StopPhraseHeard
    | MicrophoneLost
    | MicrophoneFound
    | WakeRequested
    | StopRequested
    | ButtonPressed
    | Muted
    | Unmuted
    | BrainAvailable
    | BrainLost
    | SpeechEnded
    | TranscriptArrived
    | AnswerTextArrived
    | AnswerSoundStarted
    | RunFinished
    | RunFailed
    | AnnouncementArrived
    | Played
    | TimerFinished
    | TimerCancelled
    | DeadlinePassed
    | ShutdownRequested
)
