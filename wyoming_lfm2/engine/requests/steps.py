"""What a request may ask the model to do in its turn, and what it gives out.

A request is a Python generator: it yields a step and is sent the step's result, or
yields an :class:`Output`. So its logic reads from top to bottom while the scheduler
decides whose step comes next and which steps go together.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory


@dataclass(frozen=True, eq=False)
class Encode:
    """Encode one piece of audio.

    Result: float32, shape ``(n, n_embd)``, good until the request's next step.
    """

    samples: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Prefill:
    """Append embeddings to the request's sequence.

    Result: logits after the last row, shape ``(n_vocab,)``, good until the request's
    next step; ``None`` if they were not asked for.
    """

    rows: NDArray[np.float32]
    """float32, contiguous, shape ``(n, n_embd)``; no more than go into one step."""
    output: bool


@dataclass(frozen=True)
class DecodeToken:
    """Append one token to the request's sequence; steps of several requests go together.

    Result: logits after it, shape ``(n_vocab,)``, good until the request's next step.
    """

    token: int


@dataclass(frozen=True)
class PrefillTokens:
    """Append tokens to the request's sequence; no more than go into one step.

    Result: logits after the last one, shape ``(n_vocab,)``, good until the request's next step.
    """

    tokens: tuple[int, ...]


class CodeChooser(Protocol):
    """Picks one audio code from its logits; :class:`~wyoming_lfm2.engine.requests.code_sampling.CodeSampler`."""

    def draw(self, logits: NDArray[np.float32]) -> int:
        """One code; ``logits`` are float32, shape ``(codes,)``, and stay as they are."""
        ...


@dataclass(frozen=True)
class Fork:
    """Copy the request's sequence, append ``tokens`` to the copy, and keep both: for classifier-free guidance.

    The copy is the unconditioned sequence: it never sees the text. From then on :class:`DecodeToken`,
    :class:`GenerateAudioFrame` and :class:`Prefill` append to both sequences, and :class:`PrefillTokens` only to
    the request's own. Result: ``None``.
    """

    tokens: tuple[int, ...]
    """No more than go into one step."""


@dataclass(frozen=True, eq=False)
class GenerateAudioFrame:
    """Append one embedding and make the audio frame that follows; steps of several requests go together.

    Result: a :class:`AudioFrame`.
    """

    row: NDArray[np.float32]
    """float32, shape ``(n_embd,)``: the token ``<|audio_start|>``, or the audio frame before."""
    draws: CodeChooser
    guidance: float = 1.0
    """How far to lead away from what the :class:`Fork` would say, if there is one."""


@dataclass(frozen=True, eq=False)
class AudioFrame:
    """80 ms of speech, or its end."""

    codes: tuple[int, ...]
    """One a codebook; all are end-of-audio if the first was drawn so."""
    row: NDArray[np.float32]
    """What the backbone hears of it: float32, shape ``(n_embd,)``, good until the request's next audio frame."""
    sound: NDArray[np.float32]
    """float32, shape ``(n,)``, 24 kHz; good until the request's next step. Empty at the end."""
    ends: bool
    """Whether it is end-of-audio."""


@dataclass(frozen=True)
class UsePrefix:
    """Begin the request's empty sequence with tokens that are kept. Takes no turn.

    Result: whether they are; if not, the sequence is as it was.
    """

    tokens: tuple[int, ...]


@dataclass(frozen=True)
class KeepPrefix:
    """Keep what the request's sequence holds, for those that begin alike. Takes no turn.

    Result: ``None``.
    """

    tokens: tuple[int, ...]
    """All that the sequence holds."""


@dataclass(frozen=True, eq=False)
class ResumeDialogue:
    """Begin the request's empty sequence where a dialogue ended. Takes no turn.

    Result: whether that is still in memory; if not, the sequence is as it was.
    """

    history: DialogueHistory


@dataclass(frozen=True, eq=False)
class KeepDialogue:
    """Keep what the request's sequence holds, for the next turn, as long as there is room. Takes no turn.

    Nothing may be appended to the sequence afterwards. Result: ``None``.
    """

    history: DialogueHistory
    """All that the sequence holds."""


@dataclass(frozen=True)
class ForgetDialogue:
    """Keep the dialogue no longer that the request's sequence went on from. Takes no turn.

    Nothing may be appended to the sequence afterwards. Result: ``None``.
    """


@dataclass(frozen=True)
class EmbedToken:
    """Look up what the backbone hears of a token. Takes no turn.

    Result: float32, shape ``(n_embd,)``.
    """

    token: int


@dataclass(frozen=True)
class EmbedFrames:
    """Add up what the backbone hears of frames. Takes no turn.

    Result: float32, shape ``(n, n_embd)``.
    """

    frames: tuple[tuple[int, ...], ...]
    """Codes of each."""


@dataclass(frozen=True)
class FlushAudio:
    """Give out the samples that waited for a next audio frame. Takes no turn.

    Result: float32, shape ``(n,)``, good until the request's next step.
    """


Instant = (
    UsePrefix
    | KeepPrefix
    | ResumeDialogue
    | KeepDialogue
    | ForgetDialogue
    | EmbedToken
    | EmbedFrames
    | FlushAudio
)
"""Steps that cost next to nothing."""

Step = Encode | Prefill | PrefillTokens | DecodeToken | Fork | GenerateAudioFrame | Instant


@dataclass(frozen=True)
class Output:
    """Something finished that the request's client may have at once."""

    value: Any
    """A fragment of text, a piece of sound that nobody else holds, or at the end a dialogue's history."""


class Priority(IntEnum):
    """How soon somebody notices that a request waits; the smaller number goes first."""

    COMMAND = 0
    """A few seconds of speech to be transcribed: somebody has just spoken and waits for something to happen."""
    ANSWER = 1
    """A turn of a dialogue, or a long recording to be transcribed."""
    SPEECH = 2
    """A sentence to be spoken."""


RequestSteps = Generator[Step | Output, Any, None]
"""Yields steps and outputs; is sent a step's result (``None`` after an output)."""
