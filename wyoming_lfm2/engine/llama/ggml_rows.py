"""Single rows of a model file's tables, decoded by ggml as llama.cpp itself decodes them.

A batch for llama.cpp is all tokens or all embeddings. A few constant tokens after the audio would cost a pass over
the weights of their own; looked up here, they go along with the audio's embeddings.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.gguf.errors import ModelFileError
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


_TENSOR = b"token_embd.weight"
_F32 = 0


class _InitParams(ctypes.Structure):
    _fields_ = [("no_alloc", ctypes.c_bool), ("ctx", ctypes.c_void_p)]


class TokenRows:
    """The token embedding of one backbone's file, from which single rows are read."""

    def __init__(self, library: Library, backbone: Path) -> None:
        """Find it.

        :raises ModelFileError: the file cannot be read.
        """
        self._path = backbone
        self._start, self._kind, self._width = _find(_declared(library.ggml), backbone)
        self._traits = type_traits(library.ggml, self._kind)
        self._row_bytes = self._width // self._traits.blck_size * self._traits.type_size

    def rows(self, tokens: Iterable[int]) -> NDArray[np.float32]:
        """Embeddings of ``tokens``: float32, shape ``(len(tokens), n_embd)``."""
        rows = []
        with self._path.open("rb") as file:
            for token in tokens:
                file.seek(self._start + token * self._row_bytes)
                rows.append(_to_float(file.read(self._row_bytes), self._kind, self._width, self._traits))
        return np.stack(rows)


def read_token_rows(library: Library, backbone: Path, tokens: Iterable[int]) -> NDArray[np.float32]:
    """Embeddings of ``tokens``: float32, shape ``(len(tokens), n_embd)``.

    :raises ModelFileError: the file cannot be read.
    """
    return TokenRows(library, backbone).rows(tokens)


def _find(ggml: Any, backbone: Path) -> tuple[int, int, int]:
    """Where the embedding begins in the file, its type and its width."""
    header = ggml.gguf_init_from_file(str(backbone).encode(), _InitParams(no_alloc=True, ctx=None))
    if not header:
        raise ModelFileError(backbone, "this is not a readable GGUF file", "Download it again.")
    try:
        index = ggml.gguf_find_tensor(header, _TENSOR)
        if index < 0:
            raise ModelFileError(backbone, "it has no tensor token_embd.weight", "Use an LFM2 backbone.")
        width = ggml.gguf_get_tensor_ne(header, index)[0]
        kind = ggml.gguf_get_tensor_type(header, index)
        start = ggml.gguf_get_data_offset(header) + ggml.gguf_get_tensor_offset(header, index)
    finally:
        ggml.gguf_free(header)
    return start, kind, width


def _to_float(data: bytes, kind: int, width: int, traits: TypeTraits) -> NDArray[np.float32]:
    if kind == _F32:
        return np.frombuffer(data, np.float32)
    row = np.empty(width, np.float32)
    traits.to_float(data, row.ctypes.data, width)
    return row


def _declared(ggml: Any) -> Any:
    """``ggml`` with the few functions used here declared."""
    pointer, index = ctypes.c_void_p, ctypes.c_int64
    ggml.gguf_init_from_file.argtypes = [ctypes.c_char_p, _InitParams]
    ggml.gguf_init_from_file.restype = pointer
    ggml.gguf_free.argtypes = [pointer]
    ggml.gguf_find_tensor.argtypes = [pointer, ctypes.c_char_p]
    ggml.gguf_find_tensor.restype = index
    ggml.gguf_get_tensor_ne.argtypes = [pointer, index]
    ggml.gguf_get_tensor_ne.restype = ctypes.POINTER(ctypes.c_int64)
    ggml.gguf_get_tensor_type.argtypes = [pointer, index]
    ggml.gguf_get_tensor_type.restype = ctypes.c_int
    ggml.gguf_get_data_offset.argtypes = [pointer]
    ggml.gguf_get_data_offset.restype = ctypes.c_size_t
    ggml.gguf_get_tensor_offset.argtypes = [pointer, index]
    ggml.gguf_get_tensor_offset.restype = ctypes.c_size_t
    return ggml
