"""When an utterance has lost its way: too long for its text, silent for too long, or going in circles."""

from __future__ import annotations

import math
import unicodedata

import numpy as np
from numpy.typing import NDArray

FRAMES_BESIDE_TEXT = 25
"""Two seconds: even one short word has a beginning and an end."""

_WIDE = 3
"""A Chinese or Japanese character is spoken as long as so many letters."""

_SILENCE = 10 ** (-55 / 20)
"""Root mean square of an audio frame below which nothing is to be heard; full scale is 1."""
_SILENT_FRAMES = 25
"""Two seconds; no pause inside a sentence is that long."""

_LONGEST_LOOP = 16
"""Frames; what comes again after more than that is not noticed."""
_LOOPED_FRAMES = 25
_LOOPS = 4
"""A loop is cut when it has gone on for both: that many frames, and that many times its length."""


class RunawayGuard:
    """Watches one utterance, audio frame by audio frame."""

    def __init__(self, most_frames: int, codebooks: int) -> None:
        """:param most_frames: as :func:`most_frames` gives them."""
        self._most_frames = most_frames
        self._frames = 0
        self._silent = 0
        # The last frames, the newest first, and for how many frames each distance has held.
        self._past = np.full((_LONGEST_LOOP, codebooks), -1, np.int32)
        self._held = np.zeros(_LONGEST_LOOP, np.int32)
        lengths = np.arange(1, _LONGEST_LOOP + 1)
        self._enough = np.maximum(_LOOPED_FRAMES, _LOOPS * lengths)

    @property
    def frames(self) -> int:
        """Frames that the utterance has by now."""
        return self._frames

    def add(self, codes: tuple[int, ...], sound: NDArray[np.float32]) -> str | None:
        """Why the utterance should end with this audio frame; ``None`` if it may go on."""
        self._frames += 1
        same = (self._past == codes).all(axis=1)
        self._held += 1
        self._held *= same
        self._past[1:] = self._past[:-1]
        self._past[0] = codes
        level = math.sqrt(float(np.dot(sound, sound)) / len(sound)) if len(sound) else 0.0
        self._silent = self._silent + 1 if level < _SILENCE else 0
        if self._frames >= self._most_frames:
            return f"it was longer than {self._most_frames} frames"
        if self._silent >= _SILENT_FRAMES:
            return f"it was silent for {_SILENT_FRAMES} frames"
        if (self._held >= self._enough).any():
            return f"it repeated itself every {int(np.argmax(self._held >= self._enough)) + 1} frames"
        return None


def most_frames(text: str, frames_per_character: float) -> int:
    """Frames that speaking ``text`` may take; what goes on after that has run away."""
    letters = sum(_WIDE if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return FRAMES_BESIDE_TEXT + math.ceil(letters * frames_per_character)
