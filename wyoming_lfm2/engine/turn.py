"""What every turn of a dialogue has in common: the dialogue before it, and remembering it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.chat_prompt import ChatPrompt
from wyoming_lfm2.engine.history import Heard, History, Segment, Spoken
from wyoming_lfm2.engine.piece_limits import embedding_rows
from wyoming_lfm2.engine.steps import (
    EmbedFrames,
    Encode,
    GoOn,
    KeepDialogue,
    KeepPrefix,
    Output,
    Prefill,
    PrefillTokens,
    Step,
    UsePrefix,
)

Part = Generator[Step | Output, Any, NDArray[np.float32]]
"""Steps whose end is logits."""


@dataclass(frozen=True, eq=False)
class UserTurn:
    """What the user says now, and what was said before."""

    prompt: ChatPrompt
    history: History
    said: tuple[int, ...] | NDArray[np.float32]
    """Tokens, or samples as :meth:`PieceLimits.checked` gives them."""
    remembered: bool
    """Whether another turn may follow."""
    rows_per_step: int
    """Rows that one prefill step may have."""

    @property
    def rows(self) -> int:
        """Rows of context up to the answer."""
        said = embedding_rows(len(self.said)) if isinstance(self.said, np.ndarray) else len(self.said)
        return self.history.rows(self.prompt) + said + len(self.prompt.before_answer)

    def begin(self) -> Generator[Step | Output, Any, tuple[NDArray[np.float32], tuple[Segment, ...]]]:
        """Bring everything up to the answer into the sequence.

        :returns: logits after it, good until the next step, and what of it belongs to this turn.
        """
        said: Segment
        if isinstance(self.said, np.ndarray):
            heard = yield Encode(self.said)
            said = Heard(heard.copy())
        else:
            said = self.said
        history = self.history
        own = (said, self.prompt.before_answer)
        if not history.turns:
            yield from self._system_prompt()
            logits = yield from self._prefilled(own)
        elif (yield GoOn(history)):
            logits = yield from self._prefilled((self.prompt.before_turn, *own))
        else:
            yield from self._system_prompt()
            past = (segment for turn in history.turns for segment in (*turn, self.prompt.before_turn))
            logits = yield from self._prefilled((*past, *own))
        return logits, own

    def remember(self, turn: tuple[Segment, ...]) -> Generator[Step | Output, Any, None]:
        """Keep the sequence, which holds all up to the end of the answer, and give out the new history."""
        if self.remembered:
            history = self.history.after(turn)
            yield KeepDialogue(history)
            yield Output(history)

    def _system_prompt(self) -> Generator[Step | Output, Any, None]:
        prefix = self.history.prefix
        if not (yield UsePrefix(prefix)):
            yield from self._prefilled((prefix,))
            yield KeepPrefix(prefix)

    def _prefilled(self, segments: Iterable[Segment]) -> Part:
        """Append ``segments``, of which the last is of tokens."""
        for segment in _joined(segments):
            for start in range(0, len(segment), self.rows_per_step):
                part = slice(start, start + self.rows_per_step)
                if isinstance(segment, Heard):
                    yield Prefill(segment.rows[part], output=False)
                elif isinstance(segment, Spoken):
                    rows = yield EmbedFrames(segment.frames[part])
                    yield Prefill(rows, output=False)
                else:
                    logits: NDArray[np.float32] = yield PrefillTokens(segment[part])
        return logits


def _joined(segments: Iterable[Segment]) -> Iterable[Segment]:
    """``segments`` with neighbouring tokens put together: fewer passes over the weights."""
    tokens: list[int] = []
    for segment in segments:
        if isinstance(segment, tuple):
            tokens += segment
            continue
        if tokens:
            yield tuple(tokens)
            tokens = []
        yield segment
    yield tuple(tokens)
