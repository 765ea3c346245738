"""How sure a transcript is, and what a threshold would let through and stop.

A measure takes the probabilities of a transcript's tokens and of its end; a curve says, for each share of the right
transcripts that is to pass, how many of the wrong ones and of what was written for other speech pass with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

KEPT = (0.98, 0.95, 0.9)
"""Shares of the right transcripts that are to be let through."""


@dataclass(frozen=True)
class Heard:
    """A transcript with the probability of each of its tokens, and of its end."""

    text: str
    tokens: tuple[float, ...]
    end: float
    right: bool
    """Without any word error."""
    command: bool
    """Whether something was to be written at all."""


Measure = Callable[[Heard], float]


def _mean(values: Sequence[float]) -> float:
    return float(np.exp(np.log(np.maximum(values, 1e-9)).mean())) if len(values) else 0.0


def _rooted(values: Sequence[float]) -> float:
    """Between the product, to which every further token is a risk, and the mean, to which it is none."""
    return float(np.exp(np.log(np.maximum(values, 1e-9)).sum() / len(values) ** 0.5))


MEASURES: dict[str, Measure] = {
    "geometric mean of the tokens": lambda h: _mean(h.tokens),
    "geometric mean, end included": lambda h: _mean((*h.tokens, h.end)),
    "worst token": lambda h: min(h.tokens, default=0.0),
    "worst token, end included": lambda h: min((*h.tokens, h.end)),
    "product of all tokens": lambda h: float(np.prod((*h.tokens, h.end))),
    "mean of the two worst tokens": lambda h: _mean(sorted(h.tokens)[:2]),
    "geometric mean times worst token": lambda h: _mean((*h.tokens, h.end)) * min((*h.tokens, h.end)),
    "arithmetic mean, end included": lambda h: float(np.mean((*h.tokens, h.end))),
    "product to the power of 1 / sqrt(length)": lambda h: _rooted((*h.tokens, h.end)),
    "first token": lambda h: h.tokens[0] if h.tokens else 0.0,
    "end": lambda h: h.end,
}


def curve(measure: Measure, results: Sequence[Heard], kept: Sequence[float] = KEPT) -> list[dict[str, float]]:
    """The threshold for each share of right transcripts that is kept, and the shares of wrong and other ones that pass.

    Of other speech all clips count, those with an empty transcript as stopped. Raises ValueError without any right
    transcript.
    """
    right = sorted(measure(h) for h in results if h.command and h.right and h.text)
    wrong = [measure(h) for h in results if h.command and not h.right and h.text]
    others = [measure(h) if h.text else -1.0 for h in results if not h.command]
    if not right:
        raise ValueError("no transcript is right, so there is nothing to keep")
    out = []
    for share in kept:
        threshold = right[min(len(right) - 1, int((1 - share) * len(right) + 1e-9))]
        out.append(
            {
                "kept": share,
                "threshold": round(threshold, 3),
                "wrong": round(float(np.mean([v >= threshold for v in wrong])), 3) if wrong else 0.0,
                "others": round(float(np.mean([v >= threshold for v in others])), 3) if others else 0.0,
            }
        )
    return out
