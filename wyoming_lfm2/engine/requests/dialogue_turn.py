"""What every turn of a dialogue has in common: prefilling the dialogue before it, and keeping it for the next turn."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.requests.audio_limits import embedding_rows
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory, Segment, SpokenFrames, UserAudio
from wyoming_lfm2.engine.requests.prompts import ChatPrompt
from wyoming_lfm2.engine.requests.steps import (
    EmbedFrames,
    Encode,
    ForgetDialogue,
    KeepDialogue,
    KeepPrefix,
    Output,
    Prefill,
    PrefillTokens,
    Priority,
    RequestSteps,
    ResumeDialogue,
    Step,
    UsePrefix,
)

Part = Generator[Step | Output, Any, NDArray[np.float32]]
"""Steps whose end is logits."""

_NO_LOGITS = np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class UserTurn:
    """What the user says now, and what was said before."""

    prompt: ChatPrompt
    history: DialogueHistory
    said: tuple[int, ...] | NDArray[np.float32]
    """Tokens, or samples as :meth:`PieceLimits.checked` gives them."""
    remembered: bool
    """Whether another turn may follow."""
    rows_per_step: int
    """Rows that one prefill step may have."""
    room: int | None = None
    """Rows that the history may have so that a next turn fits behind it; a longer one is shortened. ``None``: any."""
    listed: int = 0
    """Rows of the system prompt, and of ``room``, that are a list of tools."""

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
            said = UserAudio(heard.copy())
        else:
            said = self.said
        history = self.history
        own = (said, self.prompt.before_answer)
        if history.turns and (yield ResumeDialogue(history)):
            logits = yield from prefilled((self.prompt.before_turn, *own), self.rows_per_step)
        else:
            yield from system_prompt(history.prefix, self.rows_per_step)
            logits = yield from prefilled((*past(history, self.prompt), *own), self.rows_per_step)
        return logits, own

    def remember(self, turn: tuple[Segment, ...]) -> Generator[Step | Output, Any, None]:
        """Give out the new history, and keep the sequence, which holds all up to the end of the answer.

        A dialogue that has become too long to go on from is shortened, and not kept: no sequence can be cut
        at its beginning.
        """
        if not self.remembered:
            return
        history = self.history.after(turn)
        if self.room is not None and history.rows(self.prompt) > self.room:
            history = history.shortened(self.prompt, self.room, self.listed)
            yield ForgetDialogue()
        else:
            yield KeepDialogue(history)
        yield Output(history)


def system_prompt(prefix: tuple[int, ...], rows_per_step: int) -> Generator[Step | Output, Any, None]:
    """Begin an empty sequence with ``prefix``, and keep that."""
    if not (yield UsePrefix(prefix)):
        yield from prefilled((prefix,), rows_per_step)
        yield KeepPrefix(prefix)


def past(history: DialogueHistory, prompt: ChatPrompt) -> Iterator[Segment]:
    """All turns of ``history``, each with the tokens behind it that begin another."""
    return (segment for turn in history.turns for segment in (*turn, prompt.before_turn))


def prefilled(segments: Iterable[Segment], rows_per_step: int) -> Part:
    """Append ``segments``; the logits after the last one, if that is of tokens and has any."""
    logits = _NO_LOGITS
    for segment in _joined(segments):
        for start in range(0, len(segment), rows_per_step):
            part = slice(start, start + rows_per_step)
            if isinstance(segment, UserAudio):
                yield Prefill(segment.rows[part], output=False)
            elif isinstance(segment, SpokenFrames):
                rows = yield EmbedFrames(segment.frames[part])
                yield Prefill(rows, output=False)
            else:
                logits = yield PrefillTokens(segment[part])
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
