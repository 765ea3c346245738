"""What answers a satellite: Home Assistant, a model in this process, or a Wyoming server elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from wyoming_lfm2.satellite.timers import TimerEvent

NOTHING_SAID = "stt-no-text-recognized"
"""Code of a run in which nobody said anything; Home Assistant's word."""


class BrainError(Exception):
    """A run has failed; the text says why, for a person."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        """Home Assistant's, or one of ours; empty: none."""


@dataclass(frozen=True)
class RunRequest:
    """One command."""

    wake_word: str | None = None
    """By which the satellite was called; None: by a button, or as a reply."""
    pipeline: str | None = None
    """That this wake word is for; None: the usual one."""
    follow_up: bool = False
    """It replies to a question of the brain."""
    hub_finds_wake_word: bool = False
    """Nobody has called yet: the brain is to listen for its own wake word first, if it can."""


@dataclass(frozen=True)
class SpeechEnded:
    """The command is complete; no more audio is needed."""


@dataclass(frozen=True)
class Transcript:
    """What was heard."""

    text: str


@dataclass(frozen=True)
class AnswerText:
    """What is going to be said."""

    text: str


@dataclass(frozen=True)
class AudioStart:
    """A sound begins; chunks and a stop follow."""

    rate: int
    """Hertz of the chunks."""


@dataclass(frozen=True)
class AudioChunk:
    """A part of the sound."""

    pcm: bytes
    """Signed 16 bit little-endian mono."""


@dataclass(frozen=True)
class AudioStop:
    """The sound is complete."""


@dataclass(frozen=True)
class Finished:
    """Nothing more comes; the last event of a run."""

    expects_reply: bool = False
    """The answer was a question."""


BrainEvent = SpeechEnded | Transcript | AnswerText | AudioStart | AudioChunk | AudioStop | Finished


@dataclass(frozen=True)
class Availability:
    """Whether the brain can be asked has changed."""

    available: bool


@dataclass(frozen=True)
class HubMute:
    """Home Assistant wants the microphone off, or on again."""

    muted: bool


Unasked = Availability | HubMute | TimerEvent | AudioStart | AudioChunk | AudioStop
"""What a brain says by itself; sounds are announcements."""


class Brain(Protocol):
    """Answers commands, one at a time. To be used from one event loop."""

    @property
    def name(self) -> str:
        """For a person."""
        ...

    @property
    def available(self) -> bool:
        """Whether a run can begin."""
        ...

    async def start(self) -> None:
        """Begin to be available, now or later.

        :raises ServiceError: a port cannot be opened.
        """
        ...

    async def close(self) -> None:
        """End everything."""
        ...

    def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """Answer one command.

        :param audio: frames of at most 512 samples, signed 16 bit little-endian, 16 kHz mono, none of them
            empty; ends when the satellite has decided that the command is over.
        :returns: an async generator that ends with :class:`Finished`. Closing it cancels the run.
        :raises BrainError: on any ``__anext__``.
        """
        ...

    def unasked(self) -> AsyncIterator[Unasked]:
        """What comes by itself, for ever. To be called once."""
        ...

    def played(self) -> None:
        """One sound of the brain, of a run or an announcement, has been heard or dropped; once for each."""
        ...
