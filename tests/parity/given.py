"""What the engine is told of an answer of the reference: all choices, or the near ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Given:
    """An answer of the reference, of which the engine is told all or some."""

    events: NDArray[np.int32]
    """A row for each: a token and -1 behind it, or codes."""
    told: NDArray[np.bool_]
    """Of the same shape: the choices that are not left to the engine."""

    @classmethod
    def all(cls, events: NDArray[np.int32]) -> Given:
        """Nothing is left to the engine."""
        return cls(events, np.ones(events.shape, bool))

    @classmethod
    def nothing(cls) -> Given:
        """Everything is left to the engine."""
        return cls(np.full((1, 8), -1, np.int32), np.zeros((1, 8), bool))

    def draws(self, place: int) -> Draws:
        """For the codes of the event at ``place``; past the end they are left to the engine."""
        if place >= len(self.events):
            return Draws(self.events[-1], np.zeros(self.events.shape[1], bool))
        return Draws(self.events[place], self.told[place])

    def chosen(self, place: int, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits that make the request choose the token at ``place`` if that is told, else ``logits``."""
        if place >= len(self.events) or self.events[place, 1] >= 0 or not self.told[place, 0]:
            return logits
        forced = np.zeros_like(logits)
        forced[self.events[place, 0]] = 1
        return forced


class Draws:
    """Chooses the codes of one frame that are told, and of the others the likeliest; keeps the logits."""

    def __init__(self, codes: NDArray[np.integer], told: NDArray[np.bool_] | None = None) -> None:
        """Without ``told`` all codes are."""
        told = np.ones(codes.shape, bool) if told is None else told
        self._choices = iter(zip(codes.tolist(), told.tolist(), strict=True))
        self.logits: list[NDArray[np.float32]] = []

    def draw(self, logits: NDArray[np.float32]) -> int:
        """The next of the codes."""
        self.logits.append(logits.copy())
        code, told = next(self._choices)
        return int(code) if told and code >= 0 else int(np.argmax(logits))
