"""An answer of so many tokens, whatever the random weights would say."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory, Segment
from wyoming_lfm2.engine.requests.dialogue_turn import UserTurn
from wyoming_lfm2.engine.requests.steps import (
    DecodeToken,
    Output,
    PrefillTokens,
    Priority,
    RequestSteps,
    Step,
)

SYSTEM_TOKENS = 88
"""The default system prompt in the released vocabulary."""
TURN_TOKENS = 12
ANSWER_TOKENS = 24


def forced_turn(model: ModelRunner, history: DialogueHistory | None = None) -> UserTurn:
    """What a user says in twelve words, after ``history`` or at the beginning of a dialogue."""
    # As many tokens as the released vocabulary makes of words; ours would make more.
    word = model.chat.im_end
    begin = (word,) * SYSTEM_TOKENS + model.chat.before_turn
    said = (word,) * TURN_TOKENS
    return UserTurn(
        model.chat, history or DialogueHistory(begin), said, remembered=True, rows_per_step=ROWS_PER_STEP
    )


@dataclass(eq=False)
class ForcedAnswer:
    """As ``Answer``, but for what ends it; its first output comes when its first token is known."""

    turn: UserTurn
    tokens: int = ANSWER_TOKENS
    prefilled: int = field(default=0, init=False)
    """Tokens that had to be computed before the answer."""

    listener: ClassVar[None] = None
    priority: ClassVar[Priority] = Priority.ANSWER

    @property
    def after(self) -> DialogueHistory:
        """The dialogue before."""
        return self.turn.history

    @property
    def rows(self) -> int:
        """Rows of context."""
        return self.turn.rows + self.tokens

    def run(self) -> RequestSteps:
        """The request; its last output is the new history."""
        _, own = yield from self._counted(self.turn.begin())
        yield Output("")
        written = (self.turn.prompt.im_end,) * self.tokens
        for token in written:
            yield DecodeToken(token)
        yield from self.turn.remember((*own, written))

    def _counted(
        self, steps: Generator[Step | Output, Any, tuple[NDArray[np.float32], tuple[Segment, ...]]]
    ) -> Generator[Step | Output, Any, tuple[NDArray[np.float32], tuple[Segment, ...]]]:
        result: Any = None
        while True:
            try:
                step = steps.send(result)
            except StopIteration as end:
                begun: tuple[NDArray[np.float32], tuple[Segment, ...]] = end.value
                return begun
            if isinstance(step, PrefillTokens):
                self.prefilled += len(step.tokens)
            result = yield step
