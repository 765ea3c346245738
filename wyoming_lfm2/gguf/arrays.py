"""Reading model files back into NumPy arrays, the inverse of `gguf.tensor_writer`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf.constants import GGMLQuantizationType
from numpy.typing import NDArray

from wyoming_lfm2.gguf.backbone_check import check_backbone
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.encoder_check import check_encoder
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header import DOWNLOAD_AGAIN, Header, read_header
from wyoming_lfm2.gguf.header_keys import text
from wyoming_lfm2.gguf.quantization import EncodedTensor, decode
from wyoming_lfm2.gguf.tokenizer import Tokenizer, TokenType
from wyoming_lfm2.gguf.vocabulary_check import MERGES, PRE, TOKENS, TYPES, strings


class FileArrays(Mapping[str, NDArray[np.float32]]):
    """The tensors of one file by name, decoded to float32 when asked for, slowest dimension first."""

    def __init__(self, header: Header) -> None:
        self._header = header

    def __iter__(self) -> Iterator[str]:
        return iter(self._header.tensors)

    def __len__(self) -> int:
        return len(self._header.tensors)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return decode(self.encoded(name)).reshape(self._header.tensors[name].shape[::-1])

    def kind(self, name: str) -> GGMLQuantizationType:
        """How the tensor is stored."""
        return GGMLQuantizationType(self._header.tensors[name].type)

    def encoded(self, name: str) -> EncodedTensor:
        """The tensor as the file has it; the writer takes it without loss."""
        tensor = self._header.tensors[name]
        rows = int(np.prod(tensor.shape[1:]))
        data = np.fromfile(self._header.path, np.uint8, count=tensor.size, offset=tensor.offset)
        if data.nbytes != tensor.size:
            raise ModelFileError(self._header.path, f"the file ended inside {name}", DOWNLOAD_AGAIN)
        return EncodedTensor(self.kind(name), data.reshape(rows, -1))


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
