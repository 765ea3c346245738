"""Grammars that are wrong, or that a model cannot follow: one clear error each, and nothing is computed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.engine.choosing import CALL, LIMITS, chosen, joined
from tests.engine.conversing import conversing, counted_rows, history_of
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import EngineError, GrammarError
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture
async def engine(calling_set: ModelSet) -> AsyncIterator[Engine]:
    loaded = await conversing(calling_set, LIMITS)
    yield loaded
    await loaded.close()


@pytest.mark.parametrize(
    ("grammar", "complaint"),
    [
        ("", "no rule root"),
        ('other ::= "a"', "no rule root"),
        ("what is this", "no rule root"),
        ("root ::= other", "llama.cpp refuses the grammar"),
        ('root ::= root "a" | "b"', "left recursion"),
        ('root ::= "a"{9999}', "llama.cpp refuses the grammar"),
        ('root ::= ("a"', "llama.cpp refuses the grammar"),
        ('root ::= "a', "llama.cpp refuses the grammar"),
        ('root ::= "\ud800"', "UTF-8"),
        ('root ::= "a\0"', "control characters"),
        ("root ::= <|no_such_token|>", "no such control token"),
        ('root ::= <|tool_call_start|> "<"', "the character <"),
        ("root ::= <|tool_call_start|> [ <]", "the character <"),
        ('root ::= "' + "a" * 600_000 + '"', "characters"),
    ],
)
async def test_a_wrong_grammar_is_one_clear_error(engine: Engine, grammar: str, complaint: str) -> None:
    with counted_rows(engine) as rows, pytest.raises(GrammarError, match=re.escape(complaint)):
        await chosen(engine, "light", grammar, "a")
    assert not rows, "nothing was computed for it"


async def test_a_grammar_that_nothing_fits_is_an_error_and_the_dialogue_is_as_before(engine: Engine) -> None:
    await chosen(engine, "light", CALL, "a")
    before = history_of(engine, "a")
    with pytest.raises(GrammarError, match="allows nothing"):
        # To llama.cpp the end of a text.
        await chosen(engine, "light", 'root ::= "\\x00"', "a")
    assert history_of(engine, "a") is before
    assert joined(await chosen(engine, "light", 'root ::= "it"')) == "it"


async def test_a_model_without_the_tokens_for_calls_says_so(engine: Engine, endless_set: ModelSet) -> None:
    assert engine.info.calls
    other = await conversing(endless_set)
    assert not other.info.calls
    with pytest.raises(GrammarError, match="no such control token"):
        await chosen(other, "light", CALL)
    with pytest.raises(EngineError, match="no control token"):
        await chosen(other, "light", 'root ::= "a"', tools="[]")
    await other.close()
