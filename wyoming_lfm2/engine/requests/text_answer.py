"""Text to text: a turn of a dialogue answered with the likeliest text, as the reference does, or under a grammar."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wyoming_lfm2.engine.api import Written
from wyoming_lfm2.engine.llama.grammar import Grammar
from wyoming_lfm2.engine.llama.vocabulary import StreamedText
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.dialogue_turn import UserTurn
from wyoming_lfm2.engine.requests.steps import DecodeToken, Output, Priority, RequestSteps

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TextGeneration:
    """One turn to be answered in text. Its last output is the new :class:`DialogueHistory`, if it is remembered."""

    turn: UserTurn
    most_tokens: int
    """The answer is cut here."""

    listener: ClassVar[None] = None
    priority: ClassVar[Priority] = Priority.ANSWER

    @property
    def after(self) -> DialogueHistory:
        """What its sequence may go on from."""
        return self.turn.history

    @property
    def rows(self) -> int:
        """Rows of context that it takes at most."""
        return self.turn.rows + self.most_tokens


@dataclass(frozen=True, eq=False)
class TextAnswer(TextGeneration):
    """Answered as the model likes."""

    def run(self) -> RequestSteps:
        """The request; its outputs are fragments of text."""
        prompt = self.turn.prompt
        logits, own = yield from self.turn.begin()
        text = StreamedText(prompt.vocabulary)
        tokens: list[int] = []
        while len(tokens) < self.most_tokens:
            token = int(np.argmax(logits))
            if token in prompt.text_ends:
                break
            tokens.append(token)
            fragment = text.add(token)
            if fragment:
                yield Output(fragment)
            # The last one, too: a next turn goes on from all that was said.
            logits = yield DecodeToken(token)
        else:
            _LOGGER.warning("an answer was cut at %d tokens", self.most_tokens)
        yield from self.turn.remember((*own, tuple(tokens)))


@dataclass(frozen=True, eq=False)
class ConstrainedAnswer(TextGeneration):
    """Answered as a grammar allows."""

    begin_grammar: Callable[[], Grammar]
    """Makes the grammar in the worker thread."""

    def run(self) -> RequestSteps:
        """The request; its outputs are of type :class:`Written`.

        :raises GrammarError: before the first step.
        """
        # Closed with the generator, also when the request is cancelled.
        with closing(self.begin_grammar()) as grammar:
            prompt = self.turn.prompt
            logits, own = yield from self.turn.begin()
            text = StreamedText(prompt.vocabulary)
            tokens: list[int] = []
            certainty = 1.0
            while len(tokens) < self.most_tokens:
                token, probability = grammar.choose(logits)
                if token in prompt.text_ends:
                    break
                tokens.append(token)
                fragment = grammar.accept(token) or text.add(token)
                certainty *= probability
                if fragment:
                    yield Output(Written(fragment, certainty))
                    certainty = 1.0
                # The last one, too: a next turn goes on from all that was said.
                logits = yield DecodeToken(token)
            else:
                _LOGGER.warning("an answer was cut at %d tokens", self.most_tokens)
                if not grammar.may_end:
                    return
            yield from self.turn.remember((*own, tuple(tokens)))
