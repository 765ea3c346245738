"""Reads a backbone and an encoder file back into NumPy arrays, the inverse of `nano.model_set_writer`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.gguf.arrays import FileArrays
from wyoming_lfm2.gguf.backbone_check import check_backbone
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.encoder_check import check_encoder
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters
from wyoming_lfm2.gguf.header import text
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.tokenizer import Tokenizer, TokenType
from wyoming_lfm2.gguf.vocabulary_check import MERGES, PRE, TOKENS, TYPES, strings


@dataclass(frozen=True)
class BackboneFile:
    """A backbone taken apart."""

    sizes: BackboneHyperparameters
    tokenizer: Tokenizer
    arrays: FileArrays


@dataclass(frozen=True)
class EncoderFile:
    """An encoder and its adapter taken apart."""

    sizes: EncoderHyperparameters
    arrays: FileArrays


def read_backbone(path: Path) -> BackboneFile:
    """Checks and opens a backbone file. Raises ModelFileError."""
    header = read_header(path)
    sizes = check_backbone(header)
    tokens = strings(header, TOKENS)
    types = header.metadata[TYPES].items or ()
    tokenizer = Tokenizer(
        tokens=tuple(token.decode("utf-8", "replace") for token in tokens),
        types=tuple(map(_token_type, types[: len(tokens)])),
        merges=tuple(merge.decode("utf-8", "replace") for merge in strings(header, MERGES)),
        pre=text(header, PRE) or "",
    )
    return BackboneFile(sizes, tokenizer, FileArrays(header))


def _token_type(number: float | bytes) -> TokenType:
    """As llama.cpp has it: what is not known is of no type."""
    try:
        return TokenType(int(number))
    except ValueError:
        return TokenType.UNDEFINED


def read_mmproj(path: Path) -> EncoderFile:
    """Checks and opens an mmproj file. Raises ModelFileError."""
    header = read_header(path)
    return EncoderFile(check_encoder(header), FileArrays(header))
