"""Turns of dialogues on their way to the scheduler, and what is remembered of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import PlaybackClock, Voice, Written
from wyoming_lfm2.engine.dialogues import Dialogue, Dialogues
from wyoming_lfm2.engine.errors import EngineError, GaveWayError, TextTooLongError
from wyoming_lfm2.engine.llama.grammar import Grammar, named_tokens
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.dialogue_turn import Recall, UserTurn
from wyoming_lfm2.engine.requests.interleaved import InterleavedAnswer
from wyoming_lfm2.engine.requests.prompts import ChatPrompt
from wyoming_lfm2.engine.requests.text_answer import ConstrainedAnswer, TextAnswer
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.request import RequestSpec
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler

_LOGGER = logging.getLogger(__name__)

_EVENTS_PER_TOKEN = 3
"""An answer in text and sound has two frames for each token."""

RECALL_AFTER_S = 2.0
"""Seconds after a turn, and between tries, to bring a dialogue that was shortened into memory again."""

_RECALLS = 30
"""Tries; a model that is busy for so long will be so when the next turn comes."""

_TICK_S = 0.01
"""A timer may come a little early."""

_SHORT_TURN = 32
"""Rows of a short sentence: less than that beside the system prompt and an answer is no room to talk in."""

_CHARACTERS_PER_ROW = 16
"""No text has so many for each of its tokens; a longer one is refused without being looked at."""


class Conversation:
    """All dialogues of one model. Belongs to the event loop."""

    def __init__(
        self, scheduler: Scheduler[Any], prompt: ChatPrompt, capacity: int, settings: ConversationSettings
    ) -> None:
        """Remember nothing yet.

        :param capacity: rows of context that a request may have.
        """
        self._scheduler = scheduler
        self._prompt = prompt
        self._capacity = capacity
        self._settings = settings
        self._dialogues = Dialogues(
            settings.dialogues, settings.dialogue_minutes, on_forgotten=self._forget_rows
        )
        self._expiry: asyncio.TimerHandle | None = None
        self._recalling: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Begin nothing more that nobody has asked for."""
        self._stop_recalling()
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    async def check_told(self, system: str, grammar: str, tools: str) -> None:
        """See ``Converser.check_told``."""
        self._prefix(system, tools)
        if grammar:
            # In a thread: a large one takes a while.
            await asyncio.to_thread(lambda: self._begin_grammar(grammar).close())

    async def answer(self, text: str, dialogue: str | None, system: str) -> AsyncGenerator[str, None]:
        """Yield the answer in fragments; see ``Converser.answer``."""
        tokens, prefix = self._tokens(text), self._prefix(system)
        most = self._settings.answer_tokens

        def work(turn: UserTurn) -> RequestSpec:
            return TextAnswer(turn, most)

        async with aclosing(self._turn(dialogue, prefix, tokens, most, work)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def choose(
        self, text: str, grammar: str, dialogue: str | None, system: str, tools: str
    ) -> AsyncGenerator[Written, None]:
        """Yield the answer that a grammar allows in fragments; see ``Converser.choose``."""
        named_tokens(grammar)
        tokens = self._tokens(text)
        prefix = self._prefix(system, tools)
        listed = len(prefix) - len(self._prompt.prefix(system))
        most = self._settings.answer_tokens

        def work(turn: UserTurn) -> RequestSpec:
            return ConstrainedAnswer(turn, most, lambda: self._begin_grammar(grammar))

        async with aclosing(self._turn(dialogue, prefix, tokens, most, work, listed)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def converse(
        self,
        said: str | NDArray[np.float32],
        dialogue: str | None,
        voice: Voice,
        playback: PlaybackClock | None,
        codebooks: int,
    ) -> AsyncGenerator[str | NDArray[np.float32], None]:
        """Yield the answer in text and sound; see ``Converser.converse``.

        :param said: text, or samples as :meth:`PieceLimits.checked` gives them.
        :param codebooks: codes of one audio frame.
        """
        own = self._tokens(said) if isinstance(said, str) else said
        most = self._settings.answer_tokens * _EVENTS_PER_TOKEN

        def work(turn: UserTurn) -> RequestSpec:
            return InterleavedAnswer(turn, voice, codebooks, most, playback)

        prefix = self._prefix(voice.prompt)
        async with aclosing(self._turn(dialogue, prefix, own, most, work)) as pieces:
            async for piece in pieces:
                yield piece

    async def _turn(
        self,
        name: str | None,
        prefix: tuple[int, ...],
        said: tuple[int, ...] | NDArray[np.float32],
        most: int,
        work: Callable[[UserTurn], RequestSpec],
        listed: int = 0,
    ) -> AsyncGenerator[Any, None]:
        """The outputs of one turn; it is remembered when the last one has been taken.

        :param listed: rows of ``prefix`` that are a list of tools.
        """
        dialogue = Dialogue() if name is None else self._dialogues.get(name)
        if self._expiry is None:
            self._expire()
        async with dialogue.turn():
            history = dialogue.history.told(prefix) if dialogue.history else DialogueHistory(prefix)
            turn = UserTurn(self._prompt, history, said, name is not None, ROWS_PER_STEP, listed=listed)
            turn = self._shortened(turn, most)
            async with aclosing(stream_outputs(self._scheduler, work(turn))) as outputs:
                async for output in outputs:
                    if isinstance(output, DialogueHistory):
                        dialogue.history = output
                        if dialogue.forgotten:
                            self._forget_rows(dialogue)
                        elif len(output.turns) <= len(turn.history.turns):
                            self._recall(dialogue)
                    else:
                        yield output

    def _begin_grammar(self, grammar: str) -> Grammar:
        return Grammar(load_library(), self._prompt.vocabulary, grammar, self._prompt.text_ends)

    def _expire(self) -> None:
        """Forget dialogues that have rested for too long, now and whenever there are such, until none is left."""
        left_s = self._dialogues.expire()
        self._expiry = None
        if left_s is not None:
            self._expiry = asyncio.get_running_loop().call_later(left_s + _TICK_S, self._expire)

    def _forget_rows(self, dialogue: Dialogue) -> None:
        """Free what a dialogue that is forgotten has left in the model's memory."""
        if dialogue.history is not None:
            self._scheduler.forget_dialogue(dialogue.history)

    def _stop_recalling(self) -> None:
        if self._recalling is not None:
            self._recalling.cancel()

    def _shortened(self, turn: UserTurn, most: int) -> UserTurn:
        """The turn after as much of its dialogue as there is room for.

        A list of tools does not count as dialogue: it may be longer than all that is said.

        :raises TextTooLongError: it would not fit even if nothing had been said before.
        """
        alone = replace(turn, history=DialogueHistory(turn.history.prefix))
        if alone.rows + most > self._capacity:
            raise TextTooLongError(
                f"this turn and its answer need up to {alone.rows + most} rows of context, the system prompt "
                f"included, and there are {self._capacity}; say less at once, or set a smaller "
                "conversation.answer_tokens or a larger engine.context"
            )
        own = alone.rows - len(turn.history.prefix) + most
        room = min(self._settings.dialogue_tokens + turn.listed, self._capacity - own)
        turn = replace(turn, room=room)
        if turn.history.rows(self._prompt) <= room:
            return turn
        return replace(turn, history=turn.history.shortened(self._prompt, room, turn.listed))

    def _recall(self, dialogue: Dialogue) -> None:
        """Have a dialogue that was shortened in memory before its next turn comes."""
        history = dialogue.history
        if history is None or not history.turns:
            return
        # Of the last one only: it is the likeliest to go on.
        self._stop_recalling()
        self._recalling = asyncio.create_task(self._recall_when_idle(dialogue, history), name="lfm2 recall")

    async def _recall_when_idle(self, dialogue: Dialogue, history: DialogueHistory) -> None:
        work = Recall(self._prompt, history, ROWS_PER_STEP)
        for _ in range(_RECALLS):
            # Not at once: what was answered is probably going to be spoken.
            await asyncio.sleep(RECALL_AFTER_S)
            if dialogue.history is not history:
                return
            try:
                async with aclosing(stream_outputs(self._scheduler, work, lambda: True)) as outputs:
                    async for _ in outputs:
                        pass
            except GaveWayError:
                continue
            except EngineError as error:
                _LOGGER.debug("A dialogue could not be brought into memory again: %s", error)
            return

    def _prefix(self, system: str, tools: str = "") -> tuple[int, ...]:
        """The tokens of what comes before a dialogue.

        :raises TextTooLongError: it leaves no room for one.
        """
        what, remedy = "the system prompt", "a shorter prompt in the settings conversation"
        if tools:
            what = "the system prompt with its list of functions"
            remedy += ", fewer conversation.home_names and conversation.home_areas"
        remedy = f"set {remedy}, a smaller conversation.answer_tokens or a larger engine.context"
        if len(system) + len(tools) > self._capacity * _CHARACTERS_PER_ROW:
            raise TextTooLongError(
                f"{what} has {len(system) + len(tools)} characters, which do not fit into {self._capacity} rows "
                f"of context; {remedy}"
            )
        prefix = self._prompt.prefix(system, tools)
        rows = len(prefix) + _SHORT_TURN + len(self._prompt.before_answer) + self._settings.answer_tokens
        if rows > self._capacity:
            raise TextTooLongError(
                f"{what}, a short sentence and its answer need {rows} rows of context, and there are "
                f"{self._capacity}; {remedy}"
            )
        return prefix

    def _tokens(self, text: str) -> tuple[int, ...]:
        if len(text) > self._capacity * _CHARACTERS_PER_ROW:
            raise TextTooLongError(
                f"a turn of {len(text)} characters does not fit into the context; say less at once"
            )
        return self._prompt.text(text)
