"""What the engine says when it will not do a thing.

Every error carries a ``code`` that a program can act on (the Wyoming port puts it
into ``error.code``) and one sentence for a person.
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """A request that the engine refused or could not finish."""

    code: ClassVar[str] = "engine-error"


class EngineBusyError(EngineError):
    """The queue is full; the request was never admitted."""

    code = "busy"


class GaveWayError(EngineBusyError):
    """Work that nobody waits for was not begun, or was dropped, because something else needs the model."""


class EngineClosedError(EngineError):
    """The engine is shutting down or its worker has failed."""

    code = "closed"


class AudioTooLongError(EngineError):
    """More audio than one piece or one request may have."""

    code = "audio-too-long"


class AudioTooShortError(EngineError):
    """Less audio than the encoder needs (nine mel frames)."""

    code = "audio-too-short"


class CannotSpeakError(EngineError):
    """The resident model set has no speech output."""

    code = "cannot-speak"


class CannotConverseError(EngineError):
    """The resident model was not trained to answer."""

    code = "cannot-converse"


class GrammarError(EngineError):
    """A grammar that the answer shall follow is wrong, or allows nothing of what the model can write."""

    code = "grammar"


class TextTooLongError(EngineError):
    """More text than may be spoken in one piece, or said in one turn."""

    code = "text-too-long"


class ContextFullError(EngineError):
    """The request does not fit into the model's context."""

    code = "context-full"


class LibraryError(EngineError):
    """llama.cpp's library cannot be used on this machine as it is installed."""

    code = "library"
