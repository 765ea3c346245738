"""Rows of the backbone's token embedding, exactly as llama.cpp itself looks them up.

A batch for llama.cpp is all tokens or all embeddings. A few constant tokens after the
audio would cost a pass over the weights of their own; looked up here, they go along
with the audio's embeddings.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.ggml_rows import TypeTraits, type_traits
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.gguf.errors import ModelFileError

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
