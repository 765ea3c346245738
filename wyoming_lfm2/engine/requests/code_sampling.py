"""Which code follows from its logits: drawn as the reference draws, or the likeliest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class CodeSampler:
    """Draws the codes of one utterance.

    As ``LFM2AudioModel._sample_audio_frame`` of liquid-audio 1.3.0: logits divided by the temperature,
    those below the k-th largest left out (equal ones stay), then a draw from the softmax.
    One generator goes through the whole utterance; restarted for each audio frame it would
    draw the same luck again and again.
    """

    def __init__(self, temperature: float, top_k: int, seed: int) -> None:
        """Begin an utterance.

        :param temperature: 0 or less takes the likeliest code.
        :param top_k: 1 takes the likeliest code; 0 draws from all.
        :param seed: of the draws, not negative.
        """
        self.greedy = temperature <= 0 or top_k == 1
        self._temperature = temperature
        self._top_k = top_k
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def draw(self, logits: NDArray[np.float32]) -> int:
        """One code.

        :param logits: float32, shape ``(codes,)``; left as they are.
        """
        if self.greedy:
            return int(np.argmax(logits))
        if 0 < self._top_k < len(logits):
            least = np.partition(logits, -self._top_k)[-self._top_k]
            candidates = np.flatnonzero(logits >= least)
        else:
            candidates = np.arange(len(logits))
        scores = logits[candidates].astype(np.float64)
        scores -= scores.max()
        scores /= self._temperature
        cumulated = np.cumsum(np.exp(scores))
        drawn = self._generator.random() * cumulated[-1]
        place = int(np.searchsorted(cumulated, drawn, side="right"))
        return int(candidates[min(place, len(candidates) - 1)])
