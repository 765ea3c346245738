"""The four files of one storage in a folder, and their numbers as the gguf package reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from nano.model_set_writer import write_backbone, write_detokenizer, write_mmproj, write_vocoder
from tests.parity.full_shape.cases import FULL, PARTS, arrays, tokenizer
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet


def path(folder: Path, part: str, storage: Quantization) -> Path:
    """Where one of `PARTS` is."""
    prefix = "" if part == "backbone" else f"{part}-"
    return folder / f"{prefix}full-shape-{storage.value}.gguf"


def model_set(folder: Path, storage: Quantization) -> ModelSet:
    """The files as the engine takes them."""
    backbone, mmproj, vocoder, detokenizer = (path(folder, part, storage) for part in PARTS)
    return ModelSet(ModelDescription("full-shape"), backbone, mmproj, vocoder, detokenizer)


def write(folder: Path, storage: Quantization, *, rigged: bool = True) -> None:
    """Writes the set, 6.4 GB in F32. Without ``rigged`` its special tokens hardly ever happen."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {part: arrays(part, rigged=rigged) for part in PARTS}
    to = {part: path(folder, part, storage) for part in PARTS}
    write_backbone(to["backbone"], FULL.backbone, tokenizer(), made["backbone"], storage)
    write_mmproj(to["mmproj"], FULL.encoder, made["mmproj"], storage)
    write_vocoder(to["vocoder"], FULL.vocoder, made["vocoder"], storage)
    write_detokenizer(to["tokenizer"], FULL.detokenizer, made["tokenizer"], storage)


class StoredNumbers(Mapping[str, NDArray[np.float32]]):
    """The numbers of a file by tensor, decoded by the gguf package and not by what wrote them.

    Those in F32 are the file's own pages, copied when written to.
    """

    def __init__(self, file: Path) -> None:
        self._tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(file, "c").tensors}

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        tensor = self._tensors[name]
        shape = tuple(int(size) for size in tensor.shape[::-1])
        if tensor.tensor_type is gguf.GGMLQuantizationType.F32:
            return np.asarray(tensor.data).reshape(shape)
        decoded = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        return np.asarray(decoded, np.float32).reshape(shape)


def numbers(folder: Path, storage: Quantization) -> tuple[StoredNumbers, ...]:
    """Of all four files, in the order of `PARTS`."""
    return tuple(StoredNumbers(path(folder, part, storage)) for part in PARTS)
