"""What the rest of the program may ask of the engine.

The services, the command line and the satellite import this file and
``errors.py``, nothing else of the engine, so that any of them can be tested with
a stand-in and the engine can change behind it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hertz; what the encoder hears."""


@dataclass(frozen=True)
class EngineInfo:
    """What one may say about the resident model."""

    model: str
    """Name of the model set, for example ``nano`` or ``lfm2.5-audio-1.5b``."""

    description: str
    """One line for a person."""

    version: str
    """Version of the model files."""

    languages: tuple[str, ...]
    """BCP 47 tags, the first is the default."""

    longest_piece_s: float
    """Seconds of audio that :meth:`Transcriber.transcribe` takes at most."""


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
