"""What was said in a dialogue, as the model had it: enough to bring it into a sequence again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.requests.prompts import ChatPrompt


@dataclass(frozen=True, eq=False)
class UserAudio:
    """Audio of the user, encoded."""

    rows: NDArray[np.float32]
    """float32, shape ``(n, n_embd)``."""

    def __len__(self) -> int:
        """Rows of context."""
        return len(self.rows)


@dataclass(frozen=True)
class SpokenFrames:
    """Frames that the model spoke, one after the other."""

    frames: tuple[tuple[int, ...], ...]
    """Codes of each; those that are end-of-audio included."""

    def __len__(self) -> int:
        """Rows of context."""
        return len(self.frames)


Segment = tuple[int, ...] | UserAudio | SpokenFrames
"""Tokens of text, or sound in either direction. Its length is what it takes of the context."""

Turn = tuple[Segment, ...]
"""What the user said, the tokens before the answer, and the answer."""


def rows_of(segments: Iterable[Segment]) -> int:
    """Rows of context that ``segments`` take."""
    return sum(map(len, segments))


@dataclass(frozen=True, eq=False)
class DialogueHistory:
    """A dialogue up to where the next turn begins. Never changes: each turn makes another one.

    So the object itself stands for what a kept sequence holds; two are equal only if they
    are the same.
    """

    prefix: tuple[int, ...]
    """The system prompt; see :meth:`ChatPrompt.prefix`."""
    turns: tuple[Turn, ...] = ()

    def rows(self, prompt: ChatPrompt) -> int:
        """Rows of context before the next turn."""
        return len(self.prefix) + sum(rows_of(turn) + len(prompt.before_turn) for turn in self.turns)

    def after(self, turn: Turn) -> DialogueHistory:
        """The dialogue with one more turn."""
        return DialogueHistory(self.prefix, (*self.turns, turn))

    def told(self, prefix: tuple[int, ...]) -> DialogueHistory:
        """The dialogue with this system prompt; itself if it is the same."""
        return self if prefix == self.prefix else DialogueHistory(prefix, self.turns)

    def shortened(self, prompt: ChatPrompt, room: int, listed: int = 0) -> DialogueHistory:
        """The dialogue without as many of its oldest turns as it takes to fill at most half of ``room`` rows.

        Half, because the rest has to be computed again, which should not happen every turn. The last turn
        stays if there is room for it at all. The system prompt stays in any case, so the result may be
        longer still. Itself if it is short enough.

        :param listed: rows of the system prompt, and of ``room``, that are not dialogue and are not halved.
        """
        shorter = self
        half = listed + (room - listed) // 2
        while shorter.turns and shorter.rows(prompt) > (half if len(shorter.turns) > 1 else room):
            shorter = DialogueHistory(self.prefix, shorter.turns[1:])
        return shorter
