"""What it costs that an answer has to follow the grammar of a home, for each of its tokens."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.forced_answer import ForcedAnswer, forced_turn
from wyoming_lfm2.engine.llama.grammar import Grammar
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.intents.grammar import CALL_END, CALL_START, home_grammar

_CALL = '[HassTurnOn(name="kitchen light")]'
_SAID = "Turned on the light."


@dataclass(frozen=True)
class GrammarTimes:
    """Seconds."""

    token_s: float
    """The model's part of one token."""
    free_s: float
    """Choosing it without a grammar."""
    likeliest_s: float
    """Choosing it when the grammar allows the likeliest: a model that was trained for it."""
    unlikely_s: float
    """Choosing it when the grammar allows none of those that the model would like: random weights."""
    begin_s: float
    """Making the grammar, once an answer; known before, as in every answer but the first."""


async def measure_grammar(scheduler: Scheduler[ModelRunner], rounds: int) -> GrammarTimes:
    """Walk through a call and what is said with it; each figure is the mean of its tokens, the median of rounds."""
    model = scheduler.loaded.result()
    vocabulary = model.backbone.vocabulary
    # Any two control tokens: the vocabulary of a model without weights of its own need not have those of calls.
    begin, end = "<|im_start|>", "<|startoftext|>"
    text = home_grammar().replace(CALL_START, begin).replace(CALL_END, end)
    tokens = [
        vocabulary.special(begin),
        *vocabulary.tokenize(_CALL, special=False),
        vocabulary.special(end),
        *vocabulary.tokenize(_SAID, special=False),
    ]
    random = np.random.default_rng(0)
    liked = [random.standard_normal(vocabulary.size, np.float32) for _ in tokens]
    logits = [row.copy() for row in liked]
    for row, token in zip(logits, tokens, strict=True):
        row[token] = 30.0

    def made() -> Grammar:
        return Grammar(load_library(), vocabulary, text, model.chat.text_ends)

    rows: list[tuple[float, ...]] = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        grammar = made()
        begin_s = time.perf_counter() - start
        with closing(grammar):
            likeliest = _per_token(grammar, tokens, logits)
        with closing(made()) as grammar:
            unlikely = _per_token(grammar, tokens, liked)
        free = _seconds(lambda: [int(np.argmax(row)) for row in logits]) / len(logits)
        rows.append((await _token(scheduler), free, likeliest, unlikely, begin_s))
    return GrammarTimes(*(statistics.median(column) for column in zip(*rows[1:], strict=True)))


def _per_token(grammar: Grammar, tokens: list[int], logits: list[NDArray[np.float32]]) -> float:
    """Seconds of choosing one, on the way through ``tokens`` whatever is chosen."""
    took = 0.0
    for token, row in zip(tokens, logits, strict=True):
        took += _seconds(partial(grammar.choose, row))
        took += _seconds(partial(grammar.accept, token))
    return took / len(tokens)


def _seconds(do: Callable[[], Any]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


async def _token(scheduler: Scheduler[ModelRunner]) -> float:
    """Seconds of one token of an answer."""
    work = ForcedAnswer(forced_turn(scheduler.loaded.result()))
    begun = 0.0
    async with aclosing(stream_outputs(scheduler, work)) as outputs:
        async for _ in outputs:
            begun = begun or time.perf_counter()
    return (time.perf_counter() - begun) / work.tokens
