"""Writing a GGUF file tensor by tensor, so that it may be larger than memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import gguf
import numpy as np
from gguf.quants import quant_shape_to_byte_shape
from numpy.typing import NDArray

from wyoming_lfm2.gguf.backbone_layout import TensorSpec
from wyoming_lfm2.gguf.quantization import EncodedTensor, encode

TensorSource = Mapping[str, "NDArray[np.floating] | EncodedTensor"]


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
