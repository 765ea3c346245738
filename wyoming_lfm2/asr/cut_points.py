"""Where speech that is too long is best cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_EARLIEST_PAUSE = 1 / 3
"""Part of the audio before which no pause is considered: pieces should not be short."""

_EARLIEST_INSIDE = 2 / 3
"""The same for a cut inside speech."""

_SHORTEST_PAUSE = 3
"""Frames; fewer are a closure inside a word as often as not."""

_LONG_ENOUGH = 24
"""Frames; a pause that is longer than this is no better."""


@dataclass(frozen=True)
class Cut:
    """Frames are counted from the first that was given."""

    frame: int
    """The second part begins with this frame."""

    last_speech: int
    """Last frame of speech before the cut."""

    next_speech: int | None
    """First frame of speech after the cut; None if there is none."""


def best_cut(speech: Sequence[bool], power: Sequence[float]) -> Cut:
    """Choose a cut: the longest pause, rather late than early; without one, the quietest moment.

    :param speech: whether each frame is speech; at least one is.
    :param power: mean square of each frame's samples.
    """
    marks = np.asarray(speech, dtype=bool)
    frame = _in_pause(marks)
    if frame is None:
        frame = _in_speech(np.asarray(power, dtype=np.float64))
    before, after = np.flatnonzero(marks[:frame]), np.flatnonzero(marks[frame:])
    return Cut(
        frame=frame,
        last_speech=int(before[-1]) if len(before) else frame - 1,
        next_speech=frame + int(after[0]) if len(after) else None,
    )


def _in_pause(marks: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    """The middle of the best pause that has speech before it."""
    changes = np.flatnonzero(np.diff(np.concatenate([[True], marks, [True]]).astype(np.int8)))
    best, best_worth = None, 0.0
    for begin, end in zip(changes[::2], changes[1::2], strict=True):
        middle = int(begin + end) // 2
        if end - begin < _SHORTEST_PAUSE or middle < len(marks) * _EARLIEST_PAUSE or not marks[:begin].any():
            continue
        worth = min(end - begin, _LONG_ENOUGH) * (1 + middle / len(marks))
        if worth >= best_worth:
            best, best_worth = middle, worth
    return best


def _in_speech(power: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    smooth = np.convolve(power, np.ones(3) / 3, mode="same")
    earliest = max(1, int(len(power) * _EARLIEST_INSIDE))
    # the last frame's neighbour is not known yet, so it only seems quiet
    window = smooth[earliest:-1] if earliest < len(power) - 1 else smooth[earliest - 1 : earliest]
    return earliest + int(np.argmin(window))
