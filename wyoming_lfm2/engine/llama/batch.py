"""Memory for llama.cpp's batches, taken once: of token rows or of embedding rows."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.library import Library


class Batch:
    """One reusable ``llama_batch`` whose arrays are NumPy's.

    A batch is all tokens (:meth:`of_tokens`) or all embeddings (:meth:`of_embeddings`).
    """

    def __init__(self, library: Library, capacity: int) -> None:
        self.capacity = capacity
        self.tokens: NDArray[np.int32] = np.zeros(capacity, np.int32)
        self.positions: NDArray[np.int32] = np.zeros(capacity, np.int32)
        self.sequences: NDArray[np.int32] = np.zeros(capacity, np.int32)
        self.outputs: NDArray[np.int8] = np.zeros(capacity, np.int8)
        self._counts: NDArray[np.int32] = np.ones(capacity, np.int32)
        start, step = self.sequences.ctypes.data, self.sequences.itemsize
        self._sequence_pointers: NDArray[np.uintp] = (start + step * np.arange(capacity)).astype(np.uintp)
        batch = library.llama.llama_batch()
        batch.pos = _pointer(self.positions, ctypes.c_int32)
        batch.n_seq_id = _pointer(self._counts, ctypes.c_int32)
        batch.seq_id = _pointer(self._sequence_pointers, ctypes.POINTER(ctypes.c_int32))
        batch.logits = _pointer(self.outputs, ctypes.c_int8)
        self._token_pointer = _pointer(self.tokens, ctypes.c_int32)
        self._batch = batch

    def of_tokens(self, count: int) -> Any:
        """The C structure for the first ``count`` rows of :attr:`tokens`."""
        self._batch.n_tokens = count
        self._batch.token = self._token_pointer
        self._batch.embd = None
        return self._batch

    def of_embeddings(self, rows: NDArray[np.float32]) -> Any:
        """The C structure for ``rows``, shape ``(n, n_embd)``, contiguous; not copied here."""
        self._batch.n_tokens = len(rows)
        self._batch.token = None
        self._batch.embd = _pointer(rows, ctypes.c_float)
        return self._batch


def _pointer(array: NDArray[Any], kind: Any) -> Any:
    return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))
