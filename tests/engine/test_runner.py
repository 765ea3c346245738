"""Below the scheduler: prefixes, batches and rows, compared number by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.conftest import noise
from tests.model_sets import tiny_model_set, tiny_tokenizer
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.errors import ContextFullError, EngineError
from wyoming_lfm2.engine.llama.ggml_rows import read_token_rows
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.engine.model.backbone import TokenRow
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.audio_limits import embedding_rows
from wyoming_lfm2.engine.requests.steps import DecodeToken, Encode, Prefill, UsePrefix
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet

_TOLERANCE = 0.02
"""Logits reach 15 here, and keys and values are kept in 16 bits, which is 1 part in 2,000: a sum taken in
another order may round them to the neighbour."""


@pytest.fixture
def model(ending_set: ModelSet) -> Iterator[ModelRunner]:
    model = ModelRunner(ending_set, EngineSettings(threads=1), 30.0)
    yield model
    model.close()


def _greedy(model: ModelRunner, sequence: int, position: int, rows: NDArray[np.float32]) -> list[NDArray]:
    """Logits of a prefill and of eight greedy tokens after it."""
    logits = model.backbone.decode_embeddings(sequence, position, rows, output=True)
    assert logits is not None
    kept = [logits.copy()]
    for step in range(8):
        token = int(np.argmax(kept[-1]))
        row = TokenRow(sequence, position + len(rows) + step, token)
        kept.append(model.backbone.decode_tokens([row])[0].copy())
    return kept


def test_a_copied_prefix_is_bit_identical_to_one_computed_anew(model: ModelRunner) -> None:
    rows = model.encoder.encode(noise(1)).copy()
    start = len(model.prompt.prefix)
    taken = model.sequences.take(64)
    assert taken is not None
    assert model.sequences.use(model.prompt.prefix, taken)
    assert taken.position == start
    copied = _greedy(model, taken.id, start, rows)
    model.sequences.give_back(taken)
    model.backbone.prefill_tokens(0, 0, model.prompt.prefix)
    anew = _greedy(model, 0, start, rows)
    assert all(np.array_equal(a, b) for a, b in zip(copied, anew, strict=True))
    # And the prefix itself is as it was.
    again = model.sequences.take(64)
    assert again is not None
    assert model.sequences.use(model.prompt.prefix, again)
    assert all(np.array_equal(a, b) for a, b in zip(_greedy(model, again.id, start, rows), anew, strict=True))


@pytest.mark.parametrize("quantization", list(Quantization))
def test_token_rows_are_exactly_what_llama_looks_up(folder: Path, quantization: Quantization) -> None:
    tiny = tiny_model_set(folder / quantization.value, quantization=quantization)
    model = ModelRunner(tiny, EngineSettings(threads=1), 30.0)
    tokens = [3, 50, 341, 7, 0]
    by_token = model.backbone.prefill_tokens(0, 0, tokens).copy()
    rows = read_token_rows(load_library(), tiny.backbone, tokens)
    assert (rows.dtype, rows.shape) == (np.float32, (5, 256))
    by_row = model.backbone.decode_embeddings(1, 0, rows, output=True)
    assert np.array_equal(by_token, by_row)
    model.close()


def test_the_prompt_is_the_references_chatml(model: ModelRunner) -> None:
    tokens = tiny_tokenizer().tokens
    before = "".join(tokens[token] for token in model.prompt.prefix)
    after = "".join(tokens[token] for token in model.prompt.suffix)
    # Ċ and Ġ are the newline and the space in the vocabulary's own alphabet.
    assert before == ("<|startoftext|><|im_start|>systemĊPerformĠASR.<|im_end|>Ċ<|im_start|>userĊ")
    assert after == "<|im_end|>Ċ<|im_start|>assistantĊ"
    assert tokens.index("<|im_end|>") in model.prompt.ends


def test_a_set_that_was_trained_on_a_prompt_of_its_own_gets_that_one(ending_set: ModelSet) -> None:
    japanese = replace(ending_set, model=replace(ending_set.model, asr_prompt="Perform ASR in japanese."))
    model = ModelRunner(japanese, EngineSettings(threads=1), 30.0)
    tokens = tiny_tokenizer().tokens
    system = "".join(tokens[token] for token in model.prompt.prefix).split("<|im_end|>")[0]
    assert system.endswith("systemĊPerformĠASRĠinĠjapanese.")
    model.close()


def test_a_prefill_in_parts_agrees_with_one_token_at_a_time(model: ModelRunner) -> None:
    tokens = [20 + number for number in range(70)]
    whole = model.backbone.prefill_tokens(0, 0, tokens).copy()
    for position, token in enumerate(tokens):
        single = model.backbone.decode_tokens([TokenRow(1, position, token)])[0]
    assert np.allclose(single, whole, rtol=0, atol=_TOLERANCE)
    assert np.argmax(single) == np.argmax(whole)


def test_rows_of_several_sequences_are_each_their_own(model: ModelRunner) -> None:
    starts = [[11], [40, 41], [99, 5, 6]]
    alone = []
    for tokens in starts:
        model.backbone.prefill_tokens(0, 0, tokens)
        alone.append(model.backbone.decode_tokens([TokenRow(0, len(tokens), 77)])[0].copy())
        model.backbone.remove_sequence(0)
    for sequence, tokens in enumerate(starts):
        model.backbone.prefill_tokens(sequence, 0, tokens)
    rows = [TokenRow(sequence, len(tokens), 77) for sequence, tokens in enumerate(starts)]
    together = model.backbone.decode_tokens(rows)
    assert np.allclose(together, alone, rtol=0, atol=_TOLERANCE)


def test_an_encoder_row_is_made_for_each_80_ms_begun(model: ModelRunner) -> None:
    for samples in (1280, 2559, 2560, 16000, 16001, 160 * 33, 400_000):
        encoded = model.encoder.encode(np.zeros(samples, np.float32))
        assert encoded.shape == (embedding_rows(samples), 256)
        assert np.isfinite(encoded).all()


def test_steps_move_a_sequence_on(model: ModelRunner) -> None:
    sequence = model.sequences.take(64)
    assert sequence is not None
    assert model.run([(sequence, UsePrefix(model.prompt.prefix))]) == [True]
    (heard,) = model.run([(sequence, Encode(noise(1)))])
    rows = heard.copy()
    assert model.run([(sequence, Prefill(rows, output=False))]) == [None]
    (logits,) = model.run([(sequence, DecodeToken(9))])
    assert logits.shape == (342,)
    assert sequence.position == len(model.prompt.prefix) + len(rows) + 1
    assert model.backbone.length(sequence.id) == sequence.position


def test_sequences_are_lent_only_while_all_they_may_need_is_free(model: ModelRunner) -> None:
    pool = model.sequences
    half = pool.capacity // 2
    first, second = pool.take(half), pool.take(half)
    assert first is not None
    assert second is not None
    assert pool.take(half) is None
    pool.give_back(first)
    again = pool.take(half)
    assert again is not None
    for taken in (second, again):
        pool.give_back(taken)
    taken = [pool.take(1) for _ in range(5)]
    assert [sequence is not None for sequence in taken] == [True, True, True, True, False]
    assert pool.in_use == 4


def test_a_full_memory_is_an_error_and_the_other_sequences_live(ending_set: ModelSet) -> None:
    model = ModelRunner(ending_set, EngineSettings(threads=1, context=256, sequences=2), 30.0)
    model.backbone.prefill_tokens(0, 0, [5] * 16)
    with pytest.raises(ContextFullError):
        model.backbone.prefill_tokens(1, 0, [5] * 400)
    model.backbone.remove_sequence(1)
    assert model.backbone.decode_tokens([TokenRow(0, 16, 5)]).shape == (1, 342)
    model.close()


def test_a_token_that_is_none_is_an_error_with_llamas_reason(model: ModelRunner) -> None:
    with pytest.raises(EngineError, match="invalid token"):
        model.backbone.decode_tokens([TokenRow(0, 0, 100_000)])
    assert model.backbone.decode_tokens([TokenRow(0, 0, 5)]).shape == (1, 342)
