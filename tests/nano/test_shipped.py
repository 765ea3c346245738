"""The embedded model's files are what the product and later training expect of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_cpp import Llama

from nano.model_set_reader import BackboneFile, read_backbone, read_mmproj
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.tokenizer import TokenType, to_byte_alphabet
from wyoming_lfm2.models.locate import locate_model_set

RELEASED = (
    "<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>",
    "<|audio_start|>", "<|text_start|>", "<|text_end|>", "<|tool_call_start|>", "<|tool_call_end|>",
)  # fmt: skip
DOMAIN = (
    " kitchen",
    "Turn",
    " lights",
    " thermostat",
    "Set",
    " degrees",
    " timer",
    "What",
    " sorry",
    " welcome",
    "40",
    "12",
)


@pytest.fixture(scope="module")
def files() -> tuple[Path, Path]:
    found = locate_model_set(ModelSettings(name="nano"))
    return found.backbone, found.mmproj


@pytest.fixture(scope="module")
def backbone(files: tuple[Path, Path]) -> BackboneFile:
    return read_backbone(files[0])


@pytest.fixture(scope="module")
def llama(files: tuple[Path, Path]) -> Llama:
    return Llama(str(files[0]), vocab_only=True, verbose=False)


def test_both_files_together_stay_under_forty_megabytes(files: tuple[Path, Path]) -> None:
    assert sum(path.stat().st_size for path in files) < 40e6


def test_encoder_and_backbone_fit_each_other(files: tuple[Path, Path], backbone: BackboneFile) -> None:
    assert read_mmproj(files[1]).sizes.n_embd_out == backbone.sizes.n_embd


@pytest.mark.parametrize("token", RELEASED)
def test_released_special_tokens_are_there_by_name(backbone: BackboneFile, token: str) -> None:
    assert backbone.tokenizer.types[backbone.tokenizer.number(token)] is TokenType.CONTROL


@pytest.mark.parametrize("word", DOMAIN)
def test_words_of_the_domain_are_one_token(backbone: BackboneFile, llama: Llama, word: str) -> None:
    number = backbone.tokenizer.number(to_byte_alphabet(word))
    assert llama.tokenize(word.encode(), add_bos=False) == [number]


@given(st.text(max_size=60))
def test_any_text_can_be_spelled(llama: Llama, text: str) -> None:
    tokens = llama.tokenize(text.encode(), add_bos=False, special=False)
    assert llama.detokenize(tokens) == text.encode()
