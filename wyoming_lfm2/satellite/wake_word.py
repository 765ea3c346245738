"""What every wake word detector has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Hertz of everything that a detector hears."""


class WakeWordError(Exception):
    """A wake word cannot be listened for; the text says why and what to do."""


@dataclass(frozen=True)
class WakeWordSettings:
    """One word to listen for."""

    name: str
    """Of a packaged model, of a model file's JSON (a path), or of a wake service's model."""
    sensitivity: str | float = "medium"
    """``low``, ``medium``, ``high``, or the probability from which it counts, above 0 and below 1."""
    pipeline: str | None = None
    """What answers to this word; None: the usual one."""


@dataclass(frozen=True)
class Detection:
    """A wake word was heard."""

    name: str
    """Of the model."""
    phrase: str
    """As people say it."""
    ended_at: float
    """When it ended in the room, as far as can be told; seconds of the clock of ``captured_at``."""
    pipeline: str | None = None


class WakeWordDetector(Protocol):
    """Listens to one stream for one or several words. Used by one thread at a time."""

    def feed(self, samples: NDArray[np.int16], captured_at: float) -> Sequence[Detection]:
        """Take the next samples.

        :param samples: int16, shape ``(n,)``, 16 kHz mono, any number of them.
        :param captured_at: when the last of them was captured; seconds of the monotonic clock.
        :returns: the words that are complete by now and were not found before.
        """
        ...

    def scores(self) -> Mapping[str, float]:
        """How likely each word is at this moment, 0 to 1, by name; empty where that is not known."""
        ...

    def reset(self) -> None:
        """Forget what was heard: what comes next is not joined to it."""
        ...

    def close(self) -> None:
        """Free what the detector holds; it hears nothing any more."""
        ...


class NoWakeWord:
    """Hears none: a button, the control socket or any speech begins a run."""

    def feed(self, samples: NDArray[np.int16], captured_at: float) -> Sequence[Detection]:
        """See :class:`WakeWordDetector`."""
        del samples, captured_at
        return ()

    def scores(self) -> Mapping[str, float]:
        """See :class:`WakeWordDetector`."""
        return {}

    def reset(self) -> None:
        """See :class:`WakeWordDetector`."""

    def close(self) -> None:
        """See :class:`WakeWordDetector`."""
