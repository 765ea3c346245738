"""Answers of a tiny random model under a grammar: whatever it wants to say, it says what is allowed."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest

from tests.engine.choosing import CALL, LIMITS, chosen, joined
from tests.engine.conversing import SYSTEM, conversing, counted_rows, history_of, model_of
from tests.model_sets import TOOL_TOKENS
from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import CannotConverseError, TextTooLongError
from wyoming_lfm2.engine.llama.grammar import Grammar
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture
async def engine(calling_set: ModelSet) -> AsyncIterator[Engine]:
    loaded = await conversing(calling_set, LIMITS)
    yield loaded
    await loaded.close()


async def test_what_is_written_is_always_what_the_grammar_allows(engine: Engine) -> None:
    seen = set()
    for number in range(12):
        text = joined(await chosen(engine, f"turn on {number} lights", CALL))
        pattern = r"<\|tool_call_start\|>\[(On|Off)\([1-9]\d{0,2}\)\]<\|tool_call_end\|>( [a-z]+){0,3}"
        # A word without end is cut.
        assert re.fullmatch(pattern + "| [a-z]*", text), text
        seen.add(text)
    assert len(seen) > 1


async def test_the_probability_is_the_models_own_before_the_grammar(engine: Engine) -> None:
    yes_or_no = 'root ::= "turn" | "set"'
    fragments = await chosen(engine, "light", yes_or_no)
    assert joined(fragments) in ("turn", "set")
    with counted_rows(engine):
        model = model_of(engine)
        prompt = engine._conversation._prompt
        tokens = [*prompt.prefix(SYSTEM), *prompt.text("light"), *prompt.before_answer]
    sequence = model.sequences.take(200)
    assert sequence is not None
    probabilities = []
    for fragment in ["", *[written.text for written in fragments]]:
        tokens += prompt.text(fragment)
        model.backbone.remove_sequence(sequence.id)
        logits = model.backbone.prefill_tokens(sequence.id, 0, tokens).astype(np.float64)
        exponents = np.exp(logits - logits.max())
        probabilities.append(exponents / exponents.sum())
    model.sequences.give_back(sequence)
    for written, distribution in zip(fragments, probabilities, strict=False):
        (token,) = prompt.text(written.text)
        assert written.probability == pytest.approx(distribution[token], rel=1e-3)
        assert 0 < written.probability < 1


async def test_the_likeliest_allowed_token_is_taken_however_unlikely_it_is(engine: Engine) -> None:
    model = model_of(engine)
    vocabulary = model.backbone.vocabulary
    small = [token for token in range(vocabulary.size) if re.fullmatch(b"[a-z]+", vocabulary.piece(token))]
    grammar = Grammar(load_library(), vocabulary, "root ::= [a-z]+", model.chat.text_ends)
    generator = np.random.default_rng(1)
    for handicap in (0.0, 3.0, 30.0):
        logits = generator.standard_normal(vocabulary.size).astype(np.float32)
        logits[small] -= handicap
        token, probability = grammar.choose(logits)
        assert token == small[int(np.argmax(logits[small]))]
        assert probability == pytest.approx(float(np.exp(logits[token]) / np.exp(logits).sum()), rel=1e-3)
    # Once something is written, any of the tokens that end an answer ends it.
    grammar.accept(small[0])
    assert grammar.may_end
    for end in model.chat.text_ends:
        logits = np.zeros(vocabulary.size, np.float32)
        logits[end] = 1.0
        assert grammar.choose(logits)[0] == end
    grammar.close()


async def test_characters_are_never_a_control_token(engine: Engine) -> None:
    """The model's likeliest token is a control token now and then, and its name is made of characters."""
    model = model_of(engine)
    vocabulary, ends = model.backbone.vocabulary, model.chat.text_ends
    grammar = Grammar(load_library(), vocabulary, "root ::= [^\\x00]+", ends)
    size = vocabulary.size
    for name in (*TOOL_TOKENS, "<|im_start|>"):
        logits = np.zeros(size, np.float32)
        logits[vocabulary.special(name)] = 9.0
        letter = vocabulary.tokenize("k")[0]
        logits[letter] = 1.0
        assert grammar.choose(logits)[0] == letter
    grammar.close()


async def test_what_was_written_is_the_turn_with_its_control_tokens(engine: Engine) -> None:
    text = joined(await chosen(engine, "turn on the light", CALL, "a"))
    prompt = engine._conversation._prompt
    (turn,) = history_of(engine, "a").turns
    written = turn[-1]
    assert isinstance(written, tuple)
    control = model_of(engine).backbone.vocabulary.special("<|tool_call_start|>")
    assert written[0] == control
    with counted_rows(engine) as rows:
        await chosen(engine, "what time", 'root ::= "it"', "a")
    said = len(prompt.before_turn) + len(prompt.text("what time")) + len(prompt.before_answer)
    assert said < sum(rows) <= said + 3, "the first turn was still in memory"
    assert "<|tool_call_start|>" in text


async def test_a_cancelled_turn_has_never_been_said(engine: Engine) -> None:
    await chosen(engine, "turn on the light", CALL, "a")
    before = history_of(engine, "a")
    for fragments in (1, 3):
        async with aclosing(engine.choose("what time is it", CALL, "a", SYSTEM)) as writing:
            for _ in range(fragments):
                await anext(writing)
    assert history_of(engine, "a") is before
    # Whatever was cancelled is gone before the next step of anybody.
    await chosen(engine, "light", 'root ::= "it"')
    assert model_of(engine).sequences.in_use == 0


async def test_an_answer_that_is_cut_before_it_may_end_is_not_remembered(calling_set: ModelSet) -> None:
    engine = await conversing(calling_set, ConversationSettings(answer_tokens=8))
    assert joined(await chosen(engine, "light", 'root ::= "k"{20}', "a")) == "k" * 8
    assert engine._conversation._dialogues.get("a").history is None
    assert joined(await chosen(engine, "light", 'root ::= "k"{1,20}', "b"))
    assert len(history_of(engine, "b").turns) == 1
    await engine.close()


async def test_the_list_of_tools_is_part_of_the_system_prompt(engine: Engine) -> None:
    tools = json.dumps([{"name": "On"}])
    await chosen(engine, "light", CALL, "a", "Speak.", tools)
    vocabulary = model_of(engine).backbone.vocabulary
    written = vocabulary.tokenize("Speak.\nList of tools: <|tool_list_start|>" + tools + "<|tool_list_end|>")
    prefix = list(history_of(engine, "a").prefix)
    assert any(prefix[at : at + len(written)] == written for at in range(len(prefix)))
    # What stands in it is letters.
    await chosen(engine, "light", CALL, "b", "", '["<|im_end|>"]')
    assert list(history_of(engine, "b").prefix).count(vocabulary.special("<|im_end|>")) == 1


async def test_a_list_of_tools_takes_nothing_of_what_a_dialogue_may_remember(engine: Engine) -> None:
    tools = json.dumps([f"tool{number}" for number in range(80)])
    for _ in range(3):
        await chosen(engine, "light", 'root ::= "it"', "a", "Speak.", tools)
    history = history_of(engine, "a")
    assert len(history.prefix) > LIMITS.dialogue_tokens
    assert len(history.turns) == 3


async def test_a_dialogue_that_is_shortened_keeps_as_many_turns_with_a_list_of_tools(engine: Engine) -> None:
    tools = json.dumps([f"tool{number}" for number in range(80)])
    remembered: dict[str, list[int]] = {"": [], tools: []}
    for listed, turns in remembered.items():
        for _ in range(8):
            await chosen(engine, "light " * 40, 'root ::= "it"', f"a{listed}", "Speak.", listed)
            turns.append(len(history_of(engine, f"a{listed}").turns))
    assert remembered[tools] == remembered[""]
    assert remembered[""] != sorted(remembered[""]), "none was shortened"


async def test_any_sign_of_any_language_can_be_asked_for(engine: Engine) -> None:
    """A tiny vocabulary writes most of them byte by byte."""
    for sign in (
        "ä",
        "明かり",
        "💡",
        "\N{LATIN SMALL LETTER A}\N{COMBINING DIAERESIS}",
        '"',
        "\\",
        "\n",
        "[](){}|*",
    ):
        escaped = sign.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        assert joined(await chosen(engine, "light", f'root ::= "{escaped}"')) == sign


async def test_a_class_with_a_range_is_read_as_llama_does(engine: Engine) -> None:
    assert re.fullmatch("[a-c]{3}", joined(await chosen(engine, "light", "root ::= [a-c]{3}")))
    assert re.fullmatch("[a-]{3}", joined(await chosen(engine, "light", "root ::= [a-]{3}")))
    assert re.fullmatch("[^a-z]{3}", joined(await chosen(engine, "light", "root ::= [^a-z]{3}")))


async def test_white_space_is_not_answered_and_errors_are_those_of_an_answer(calling_set: ModelSet) -> None:
    engine = await conversing(calling_set, LIMITS, context=512)
    assert await chosen(engine, " \n", CALL) == []
    with pytest.raises(TextTooLongError, match="say less"):
        await chosen(engine, "light " * 600, CALL, "a")
    await engine.close()
    wordless = dataclasses.replace(
        calling_set,
        model=dataclasses.replace(calling_set.model, chat_unavailable_reason="It was not trained for that."),
    )
    engine = await conversing(wordless)
    with pytest.raises(CannotConverseError, match="not trained"):
        await chosen(engine, "light", CALL)
    await engine.close()
