"""A dialogue that was shortened, brought into memory again before its next turn comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wyoming_lfm2.engine.requests.chat_prompt import ChatPrompt
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.dialogue_turn import past, prefilled, system_prompt
from wyoming_lfm2.engine.requests.steps import KeepDialogue, Priority, RequestSteps


@dataclass(frozen=True, eq=False)
class Recall:
    """Has no outputs: what it is for is that the next turn can go on from it."""

    prompt: ChatPrompt
    history: DialogueHistory
    """Of one turn at least."""
    rows_per_step: int
    """Rows that one prefill step may have."""

    after: ClassVar[None] = None
    listener: ClassVar[None] = None
    priority: ClassVar[Priority] = Priority.ANSWER

    @property
    def rows(self) -> int:
        """Rows of context."""
        return self.history.rows(self.prompt)

    def run(self) -> RequestSteps:
        """The request."""
        yield from system_prompt(self.history.prefix, self.rows_per_step)
        # Up to the end of the last answer, as a turn leaves it.
        *segments, _ = past(self.history, self.prompt)
        yield from prefilled(segments, self.rows_per_step)
        yield KeepDialogue(self.history)
