"""What the rest of the program may ask of the engine.

``server``, ``asr``, ``tts``, ``app`` and ``trial`` import this file and ``errors.py``, nothing else of the engine, so
that each of them can be tested with a stand-in and the engine can change behind it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.models.model_set import ModelDescription
from wyoming_lfm2.models.voices import INTERLEAVED, Voice, described

__all__ = [
    "CALL_TOKENS",
    "INTERLEAVED",
    "SAMPLE_RATE",
    "SPEECH_RATE",
    "Converser",
    "EngineInfo",
    "Heartbeat",
    "PlaybackClock",
    "Speaker",
    "Transcriber",
    "Voice",
    "Written",
    "described",
]

SAMPLE_RATE = 16_000
"""Hertz; what the encoder hears."""

SPEECH_RATE = 24_000
"""Hertz; what the detokenizer speaks."""


CALL_TOKENS = ("<|tool_call_start|>", "<|tool_call_end|>")
"""Control tokens around the calls of functions that LFM2 writes: ``[name(argument="text", number=1)]``."""


@dataclass(frozen=True)
class EngineInfo(ModelDescription):
    """The description of the resident model, and what is known of it since it is loaded."""

    longest_piece_s: float = field(kw_only=True)
    """Seconds of audio that :meth:`Transcriber.transcribe` takes at most."""

    voices: tuple[Voice, ...] = ()
    """What :meth:`Speaker.speak` can sound like, the default first; empty if this model set cannot speak."""

    tts_unavailable_reason: str = ""
    """One sentence for a person: why :attr:`voices` is empty; empty if it is not."""

    calls: bool = False
    """Whether its vocabulary has :data:`CALL_TOKENS`, so that an answer can be a call."""


@dataclass(frozen=True)
class Written:
    """A fragment of an answer that had to follow a grammar."""

    text: str
    """Control tokens that the grammar names stand in it as they are written there: ``<|tool_call_start|>``."""

    probability: float
    """How likely the model found it, given all before, while it could still have written anything: 0 to 1."""


class Heartbeat(Protocol):
    """Whether the model still works."""

    def stalled_s(self) -> float:
        """Seconds that the model has been busy with one step; 0 between two steps, when idle, and while it loads.

        From any thread, at no cost. The longest step, encoding a piece of 30 s, takes some seconds on a slow machine;
        a minute and more means that llama.cpp hangs and only a new process helps.
        """
        ...


class Transcriber(Protocol):
    """Speech to text over one piece of audio."""

    @property
    def info(self) -> EngineInfo:
        """The resident model."""
        ...

    def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        """Yield the transcript of one piece in fragments, as the model writes it.

        :param samples: float32, shape ``(n,)``, 16 kHz mono, -1 to 1; ``n`` at most
            ``info.longest_piece_s * SAMPLE_RATE``.
        :returns: an async generator; the fragments joined are the transcript.
            Closing it (``aclose()``) cancels the work between two steps and frees
            its sequence. Nothing is queued before the first ``__anext__``.
        :raises AudioTooLongError, AudioTooShortError, EngineBusyError,
            ContextFullError, EngineClosedError: on the first ``__anext__``.
        """
        ...


class Speaker(Protocol):
    """Text to speech, one sentence at a time."""

    @property
    def info(self) -> EngineInfo:
        """The resident model."""
        ...

    def speak(
        self, text: str, voice: Voice, playback: PlaybackClock | None = None
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        """Yield the sound of one sentence, piece by piece as it is made.

        :param text: one sentence, fit to be spoken (numbers and units as words); nothing is
            yielded for white space.
        :param voice: one of ``info.voices``, or any other way of speaking.
        :param playback: what the listener has been given so far; the caller adds to it
            what it hands on, and a listener with little sound ahead is served first.
            One object for all sentences of one reply. ``None``: somebody waits, but not to play it.
            As long as nobody waits at all (:attr:`PlaybackClock.awaited`), the sentence is only spoken
            while nothing else is asked of the model.
        :returns: an async generator of float32, shape ``(n,)``, 24 kHz mono, -1 to 1. Each
            audio frame gives 1,920 samples, but the first 1,440 and the end 480 more
            (other numbers if the detokenizer's file has another shape, or Mimi makes the sound). The same for the
            same text, voice and seed on the same machine. Closing it (``aclose()``) cancels
            the work within one audio frame. Nothing is queued before the first ``__anext__``.
        :raises GaveWayError: at any time: nobody waits, and something else was asked of the model.
        :raises CannotSpeakError, TextTooLongError, EngineBusyError, ContextFullError,
            EngineClosedError: on the first ``__anext__``.
        """
        ...


class Converser(Protocol):
    """A model that answers, and remembers what was said before."""

    @property
    def info(self) -> EngineInfo:
        """The resident model."""
        ...

    async def check_told(self, system: str, grammar: str = "", tools: str = "") -> None:
        """Find out, without computing anything, whether a dialogue can be held under these at all.

        The parameters are those of :meth:`choose`.

        :raises TextTooLongError: what is told leaves no room for a short sentence and its answer.
        :raises GrammarError: the grammar is wrong, or too large.
        :raises CannotConverseError: no dialogue can be held.
        """
        ...

    def answer(self, text: str, dialogue: str | None = None, system: str = "") -> AsyncGenerator[str, None]:
        """Yield the answer to one turn in fragments, as the model writes it; the likeliest text.

        :param text: what the user says; nothing is answered to white space.
        :param dialogue: any id. A turn with the same id goes on where the last one ended; its
            oldest turns are forgotten when it grows too long, and all of it after a while, as
            the settings ``conversation`` say. ``None``: one turn, of which nothing is remembered.
        :param system: the system prompt; one that differs from the last turn's takes its place.
        :returns: an async generator; the fragments joined are the answer. A turn is part of its
            dialogue when the generator has ended by itself; closed before (``aclose()``), it has
            never been said. A second turn of a dialogue waits for the first. Nothing is
            queued before the first ``__anext__``.
        :raises CannotConverseError, TextTooLongError, ContextFullError, EngineBusyError,
            EngineClosedError: on the first ``__anext__``.
        """
        ...

    def choose(
        self, text: str, grammar: str, dialogue: str | None = None, system: str = "", tools: str = ""
    ) -> AsyncGenerator[Written, None]:
        """Yield the likeliest answer among those that a grammar allows; otherwise as :meth:`answer`.

        :param grammar: in llama.cpp's GBNF, from ``root``; one that the program itself has written, since
            llama.cpp takes for ever or all memory for some. A control token of the model is written as it stands,
            ``<|tool_call_start|>``, without quotes, and then no character of the grammar may be
            ``<``; control tokens that the grammar does not name are never written.
        :param tools: JSON, put behind the system prompt as the list of tools; empty for none.
        :returns: an async generator as of :meth:`answer`. An answer that is cut before the grammar lets it
            end is not remembered.
        :raises GrammarError: on the first ``__anext__``; the others as for :meth:`answer`.
        """
        ...

    def converse(
        self,
        heard: NDArray[np.float32] | str,
        dialogue: str | None = None,
        voice: Voice | None = None,
        playback: PlaybackClock | None = None,
    ) -> AsyncGenerator[str | NDArray[np.float32], None]:
        """Yield the answer to one turn in text and sound, a little of each in turns.

        :param heard: what the user says: text, or float32 samples as :meth:`Transcriber.transcribe`
            takes them.
        :param dialogue: as for :meth:`answer`; what was heard and spoken before is remembered, too.
        :param voice: the system prompt, and how codes are drawn; ``None``: ``info.interleaved``.
        :param playback: as for :meth:`Speaker.speak`.
        :returns: an async generator of fragments of text (``str``) and pieces of sound (float32,
            24 kHz, as :meth:`Speaker.speak` yields them); the rest as for :meth:`answer`.
        :raises CannotConverseError, CannotSpeakError, AudioTooLongError, AudioTooShortError,
            TextTooLongError, ContextFullError, EngineBusyError, EngineClosedError: on the first
            ``__anext__``.
        """
        ...
