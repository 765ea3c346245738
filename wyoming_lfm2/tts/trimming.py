"""Trims the silence before the first word and behind the last one, while the sound is still being made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK_S = 0.01
"""Seconds that are silent or not as a whole."""

_FLOOR = 10 ** (-50 / 20)
"""RMS of a block below which it is silence: a decoder's noise lies lower, the softest consonant higher."""

_NOTHING: NDArray[np.float32] = np.zeros(0, dtype=np.float32)


class SilenceTrimmer:
    """Trims one sentence.

    Silence is only known to be the last one when everything has come. So of each silence
    what may stay is passed on at once, and the rest waits: for sound, which it goes out
    before, or for the end, where it is dropped.
    """

    def __init__(self, rate: int, before_s: float, after_s: float) -> None:
        """:param rate: hertz. :param before_s: :param after_s: seconds of silence that stay."""
        self._block = max(1, round(rate * _BLOCK_S))
        self._before = round(rate * before_s)
        self._after = round(rate * after_s)
        self._partial = _NOTHING
        self._waiting: list[NDArray[np.float32]] = []
        self._quiet = 0
        self._begun = False

    def trim(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next sound; float32, shape ``(n,)``. Returns what is known to stay, maybe nothing."""
        samples = np.concatenate([self._partial, samples]) if len(self._partial) else samples
        blocks = len(samples) // self._block
        self._partial = samples[blocks * self._block :]
        whole = samples[: blocks * self._block].reshape(blocks, self._block)
        loud = np.sqrt(np.mean(np.square(whole, dtype=np.float64), axis=1)) > _FLOOR
        out: list[NDArray[np.float32]] = []
        for block, is_loud in zip(whole, loud, strict=True):
            self._take(block, bool(is_loud), out)
        return np.concatenate(out) if out else _NOTHING

    def flush(self) -> NDArray[np.float32]:
        """The end: what is left of the sound; the silence that waits is dropped."""
        rest, self._partial = self._partial, _NOTHING
        out: list[NDArray[np.float32]] = []
        if len(rest):
            self._take(rest, bool(np.sqrt(np.mean(np.square(rest, dtype=np.float64))) > _FLOOR), out)
        self._waiting.clear()
        return np.concatenate(out) if out else _NOTHING

    def _take(self, block: NDArray[np.float32], is_loud: bool, out: list[NDArray[np.float32]]) -> None:
        if is_loud:
            waiting = np.concatenate(self._waiting) if self._waiting else _NOTHING
            if not self._begun:
                waiting = waiting[max(0, len(waiting) - self._before) :]
            out += [waiting, block]
            self._waiting.clear()
            self._begun, self._quiet = True, 0
            return
        passed = min(len(block), max(0, self._after - self._quiet)) if self._begun else 0
        if passed:
            out.append(block[:passed])
        self._quiet += len(block)
        if passed < len(block):
            self._waiting.append(block[passed:])
            if not self._begun and len(self._waiting) * self._block > self._before + self._block:
                self._waiting.pop(0)
