"""What a request may ask the model to do in its turn, and what it gives out.

A request is a Python generator: it yields a step and is sent the step's result, or
yields an :class:`Output`. So its logic reads from top to bottom while the scheduler
decides whose step comes next and which steps go together.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


Step = Encode | Prefill | DecodeToken


@dataclass(frozen=True)
class Output:
    """Something finished that the request's client may have at once."""

    value: str


Request = Generator[Step | Output, Any, None]
"""Yields steps and outputs; is sent a step's result (``None`` after an output)."""
