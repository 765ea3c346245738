"""The engine computes what the reference implementation computes, from the same weights and the same audio."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.parity.cases import AUDIO, TOKENIZER, WEIGHTS, digest, weights
from tests.parity.comparison import (
    Choices,
    Comparison,
    compare_embeddings,
    compare_front_end,
    compare_logits,
    record,
    stored,
)
from tests.parity.running import Running, parity_model_set, running
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.tokenizer import byte_alphabet

SETTINGS = EngineSettings(threads=1, context=4096, tokens_per_second=300)
"""Random weights say much in little time."""


@pytest.fixture(scope="module", params=WEIGHTS, ids=lambda quantization: quantization.value)
def quantization(request: pytest.FixtureRequest) -> Quantization:
    chosen: Quantization = request.param
    return chosen


@pytest.fixture(scope="module")
def model(quantization: Quantization, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("parity"), quantization) as loaded:
        yield loaded


def text(tokens: list[int]) -> str:
    """What tokens say, by the vocabulary itself; a character that is not complete at the end is not said."""
    byte_of = {character: byte for byte, character in byte_alphabet().items()}
    spelled = "".join(TOKENIZER.tokens[token] for token in tokens)
    raw = bytes(byte_of[character] for character in spelled)
    return codecs.getincrementaldecoder("utf-8")("replace").decode(raw)


def assert_agrees(comparison: Comparison) -> None:
    assert comparison.agrees, f"{comparison} is off by more than its tolerance"


def test_the_weights_are_those_that_the_reference_had(quantization: Quantization) -> None:
    assert digest(weights(quantization)) == record()["weights_sha256"][quantization.value]


def test_the_mel_front_end_is_the_references(tmp_path: Path) -> None:
    compared = list(compare_front_end(parity_model_set(tmp_path, Quantization.F32), tmp_path))
    assert len(compared) >= 3
    for comparison in compared:
        assert_agrees(comparison)


def test_the_encoder_makes_the_references_embeddings(model: Running, quantization: Quantization) -> None:
    compared = list(compare_embeddings(model, quantization))
    assert len(compared) == 2 * len(AUDIO)
    for comparison in compared:
        assert_agrees(comparison)


def test_the_backbone_gives_the_references_logits_and_choices(
    model: Running, quantization: Quantization
) -> None:
    for compared in compare_logits(model, quantization):
        if isinstance(compared, Choices):
            assert compared.same_decided == compared.decided, compared
            assert compared.decided > 0, "the reference must be sure somewhere"
            if quantization is Quantization.F32:
                assert compared.same == compared.steps, compared
        else:
            assert_agrees(compared)


def test_every_reference_transcript_ends_by_the_token_that_ends_it() -> None:
    for audio in AUDIO:
        tokens = stored(audio, Quantization.F32)["tokens"]
        assert TOKENIZER.tokens[tokens[-1]] == "<|im_end|>"
        assert "<|im_end|>" not in [TOKENIZER.tokens[token] for token in tokens[:-1]]


def test_the_prompt_is_token_for_token_the_references(model: Running) -> None:
    """The reference's own chat state, tokenised by Hugging Face's library, audio between the two halves."""
    prompt = record()["last_prompt"]
    text_modality = prompt["modality"][0]
    places = [place for place, kind in enumerate(prompt["modality"]) if kind != text_modality]
    before = prompt["tokens"][: places[0]]
    after = prompt["tokens"][places[0] :]
    assert places == list(range(places[0], places[-1] + 1))
    assert list(model.prompt.prefix) == before
    assert list(model.prompt.suffix) == after
    spelled = "".join(TOKENIZER.tokens[token] for token in before + after)
    assert spelled == (
        "<|startoftext|><|im_start|>systemĊPerformĠASR.<|im_end|>Ċ<|im_start|>userĊ"
        "<|im_end|>Ċ<|im_start|>assistantĊ"
    )


def test_special_tokens_have_the_references_numbers(model: Running) -> None:
    for token, number in (
        ("<|startoftext|>", 1),
        ("<|im_start|>", 6),
        ("<|im_end|>", 7),
        ("<|audio_start|>", 128),
    ):
        assert model.backbone.vocabulary.special(token) == number
    assert 7 in model.prompt.ends


async def test_the_engine_says_what_the_reference_says(tmp_path: Path) -> None:
    model_set = parity_model_set(tmp_path, Quantization.F32)
    engine = await Engine.load(model_set, SETTINGS, longest_piece_s=10)
    try:
        for audio, samples in AUDIO.items():
            tokens = stored(audio, Quantization.F32)["tokens"][:-1].tolist()
            said = "".join([fragment async for fragment in engine.transcribe(np.array(samples))])
            assert said == text(tokens), audio
    finally:
        await engine.close()
