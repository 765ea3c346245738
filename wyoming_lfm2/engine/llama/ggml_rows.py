"""Single rows of a model file's tables, decoded by ggml as llama.cpp itself decodes them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.gguf.vocoder_tables import Table

_F32 = 0


class TypeTraits(ctypes.Structure):
    """``struct ggml_type_traits``, as far as it is read."""

    _fields_ = [
        ("type_name", ctypes.c_char_p),
        ("blck_size", ctypes.c_int64),
        ("blck_size_interleave", ctypes.c_int64),
        ("type_size", ctypes.c_size_t),
        ("is_quantized", ctypes.c_bool),
        ("to_float", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)),
    ]


def type_traits(ggml: Any, kind: int) -> TypeTraits:
    """What ggml knows of a type."""
    ggml.ggml_get_type_traits.argtypes = [ctypes.c_int]
    ggml.ggml_get_type_traits.restype = ctypes.POINTER(TypeTraits)
    traits: TypeTraits = ggml.ggml_get_type_traits(kind).contents
    return traits


class StoredRows:
    """Rows of one table, looked up and added without making an array."""

    def __init__(self, library: Library, table: Table) -> None:
        self._raw = table.raw
        self._start = table.raw.ctypes.data
        self._row_bytes = table.raw.shape[1]
        self._width = table.width
        self._row = np.empty(table.width, np.float32)
        self._to_float = (
            None if int(table.type) == _F32 else type_traits(library.ggml, int(table.type)).to_float
        )

    def __len__(self) -> int:
        """Rows."""
        return len(self._raw)

    def add_to(self, target: NDArray[np.float32], indices: Iterable[int]) -> None:
        """Add rows to ``target``, in this order.

        :param target: float32, shape ``(width,)``, changed in place.
        :raises IndexError: there is no such row; nothing is read past the table.
        """
        for index in indices:
            target += self._decoded(index)

    def _decoded(self, index: int) -> NDArray[np.float32]:
        if not 0 <= index < len(self._raw):
            raise IndexError(f"row {index} of a table of {len(self._raw)}")
        if self._to_float is None:
            row: NDArray[np.float32] = self._raw[index].view(np.float32)
            return row
        self._to_float(self._start + index * self._row_bytes, self._row.ctypes.data, self._width)
        return self._row
