"""The types in which a model file stores numbers, and NumPy arrays to and from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import gguf
import numpy as np
from gguf.quants import dequantize, quantize
from numpy.typing import NDArray


class Quantization(StrEnum):
    """Storage of the matrices of a file; the official converter keeps vectors and convolutions in F32."""

    F32 = "F32"
    F16 = "F16"
    Q8_0 = "Q8_0"
    Q4_0 = "Q4_0"

    @property
    def ggml_type(self) -> gguf.GGMLQuantizationType:
        """The type of each matrix."""
        return gguf.GGMLQuantizationType[self.value]

    @property
    def file_type(self) -> gguf.LlamaFileType:
        """Value of ``general.file_type``."""
        if self is Quantization.F32:
            return gguf.LlamaFileType.ALL_F32
        return gguf.LlamaFileType[f"MOSTLY_{self.value}"]


@dataclass(frozen=True)
class EncodedTensor:
    """A tensor already in a GGML type: ``data`` uint8 of shape (..., bytes of a row)."""

    type: gguf.GGMLQuantizationType
    data: NDArray[np.uint8]


def encode(array: NDArray[np.floating], kind: gguf.GGMLQuantizationType) -> EncodedTensor:
    """Encodes float numbers row by row; the row length must be a whole number of blocks of ``kind``."""
    rows = np.ascontiguousarray(array, dtype=np.float32)
    encoded = np.ascontiguousarray(quantize(rows, kind))
    return EncodedTensor(kind, encoded.view(np.uint8))


def decode(encoded: EncodedTensor) -> NDArray[np.float32]:
    """The float32 numbers that llama.cpp computes with."""
    return np.asarray(dequantize(encoded.data, encoded.type), dtype=np.float32)
