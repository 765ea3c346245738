"""Text to text under a grammar: a turn of a dialogue, answered with the likeliest text that it allows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from wyoming_lfm2.engine.api import Written
from wyoming_lfm2.engine.llama.grammar import Grammar
from wyoming_lfm2.engine.llama.vocabulary import StreamedText
from wyoming_lfm2.engine.requests.steps import DecodeToken, Output, RequestSteps
from wyoming_lfm2.engine.requests.text_answer import TextGeneration

_LOGGER = logging.getLogger(__name__)


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
