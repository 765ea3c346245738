"""Speech to text as the reference generates it: audio in the user turn, greedy text."""

from __future__ import annotations

import logging
import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.llama.vocabulary import StreamedText, Vocabulary
from wyoming_lfm2.engine.requests.audio_limits import embedding_rows
from wyoming_lfm2.engine.requests.prompts import AsrPrompt
from wyoming_lfm2.engine.requests.steps import (
    DecodeToken,
    Encode,
    Output,
    Prefill,
    Priority,
    RequestSteps,
    Step,
    UsePrefix,
)

_LOGGER = logging.getLogger(__name__)

FEWEST_TOKENS = 16
"""Even a short piece may be answered with a few words and their end."""

LONGEST_COMMAND_S = 10.0
"""Seconds of audio up to which a piece has the priority of a command; what people say to an assistant is shorter."""


@dataclass(frozen=True, eq=False)
class Transcription:
    """One piece of audio to be transcribed."""

    samples: NDArray[np.float32]
    """As :meth:`PieceLimits.checked` gives them."""
    prompt: AsrPrompt
    vocabulary: Vocabulary
    most_tokens: int
    """The transcript is cut here; see :func:`most_tokens`."""
    rows_per_step: int
    """Rows that one prefill step may have."""

    after: ClassVar[None] = None
    listener: ClassVar[None] = None

    @property
    def priority(self) -> Priority:
        """A short piece is a command."""
        return Priority.COMMAND if len(self.samples) <= LONGEST_COMMAND_S * SAMPLE_RATE else Priority.ANSWER

    @property
    def rows(self) -> int:
        """Rows of context that it takes at most, on top of the prefix."""
        return embedding_rows(len(self.samples)) + len(self.prompt.suffix) + self.most_tokens

    def run(self) -> RequestSteps:
        """The request."""
        yield UsePrefix(self.prompt.prefix)
        logits = yield from self._prefill()
        text = StreamedText(self.vocabulary)
        for remaining in reversed(range(self.most_tokens)):
            token = int(np.argmax(logits))
            if token in self.prompt.ends:
                return
            fragment = text.add(token)
            if fragment:
                yield Output(fragment)
            if remaining:
                logits = yield DecodeToken(token)
        _LOGGER.warning(
            "a transcript was cut at %d tokens for %.1f s of audio",
            self.most_tokens,
            len(self.samples) / SAMPLE_RATE,
        )

    def _prefill(self) -> Generator[Step | Output, Any, NDArray[np.float32]]:
        heard = yield Encode(self.samples)
        rows = np.concatenate((heard, self.prompt.suffix_rows))
        last = (len(rows) - 1) // self.rows_per_step * self.rows_per_step
        for start in range(0, last, self.rows_per_step):
            yield Prefill(rows[start : start + self.rows_per_step], output=False)
        logits: NDArray[np.float32] = yield Prefill(rows[last:], output=True)
        return logits


def rows_of(samples: int, prompt: AsrPrompt, tokens_per_second: float) -> int:
    """Rows of context that a piece of ``samples`` takes at most, on top of the prefix."""
    return embedding_rows(samples) + len(prompt.suffix) + most_tokens(samples, tokens_per_second)


def most_tokens(samples: int, tokens_per_second: float) -> int:
    """Tokens that a transcript of ``samples`` may have; what goes on after that has run away."""
    return max(FEWEST_TOKENS, math.ceil(samples / SAMPLE_RATE * tokens_per_second))
