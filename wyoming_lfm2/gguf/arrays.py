"""The tensors of a GGUF file as NumPy arrays: read and written one at a time, so a file may be larger than memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import gguf
import numpy as np
from gguf.constants import GGMLQuantizationType
from gguf.quants import quant_shape_to_byte_shape
from numpy.typing import NDArray

from wyoming_lfm2.gguf.backbone_layout import TensorSpec
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header import DOWNLOAD_AGAIN, Header
from wyoming_lfm2.gguf.quantization import EncodedTensor, decode, encode

TensorSource = Mapping[str, "NDArray[np.floating] | EncodedTensor"]


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


def write_tensors(
    path: Path,
    architecture: str,
    keys: Callable[[gguf.GGUFWriter], None],
    specs: Sequence[TensorSpec],
    arrays: TensorSource,
    types: Sequence[gguf.GGMLQuantizationType],
) -> None:
    """Writes a file; it appears under its name when it is complete.

    ``keys`` adds the metadata. Each of ``specs`` is stored in the type at its place in ``types``: float arrays
    are encoded, an EncodedTensor must be of that type already. Raises ValueError when an array is missing or
    has another shape or type, OSError when the file cannot be written.
    """
    missing = [spec.name for spec in specs if spec.name not in arrays]
    if missing:
        raise ValueError(f"{len(missing)} arrays are missing, the first is {missing[0]}")
    partial = path.with_name(path.name + ".part")
    writer = gguf.GGUFWriter(partial, architecture)
    try:
        keys(writer)
        for spec, kind in zip(specs, types, strict=True):
            shape = spec.shape[::-1]
            size = int(np.prod(quant_shape_to_byte_shape(shape, kind)))
            writer.add_tensor_info(spec.name, shape, np.dtype(np.float32), size, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for spec, kind in zip(specs, types, strict=True):
            writer.write_tensor_data(_stored(spec, arrays[spec.name], kind))
        writer.close()
        partial.replace(path)
    finally:
        writer.close()
        partial.unlink(missing_ok=True)


def _stored(
    spec: TensorSpec, array: NDArray[np.floating] | EncodedTensor, kind: gguf.GGMLQuantizationType
) -> NDArray[np.uint8]:
    if not isinstance(array, EncodedTensor):
        if array.shape != spec.shape[::-1]:
            raise ValueError(f"{spec.name} has shape {array.shape}, not {spec.shape[::-1]}")
        array = encode(array, kind)
    size = int(np.prod(quant_shape_to_byte_shape(spec.shape[::-1], kind)))
    if array.type != kind or array.data.nbytes != size:
        raise ValueError(f"{spec.name} is encoded as {array.data.nbytes} bytes of {array.type.name}")
    return array.data.reshape(-1)
