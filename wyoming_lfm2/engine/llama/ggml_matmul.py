"""Matrices of a model file as they are stored there, multiplied by ggml without being decoded first.

The heads around the depthformer are read once an audio frame. Decoded to float32 they would be
five times as many bytes, and reading is what takes the time.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.library import Library

_F32 = 0
_GRAPH_NODES = 8


class _InitParams(ctypes.Structure):
    _fields_ = [("mem_size", ctypes.c_size_t), ("mem_buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool)]


class Multiplication:
    """``inputs @ matrix.T`` for a fixed number of input rows, with all memory taken once.

    Write :attr:`inputs`, call :meth:`run`, read :attr:`outputs`.
    """

    def __init__(
        self,
        library: Library,
        processor: Processor,
        rows: NDArray[np.uint8],
        kind: int,
        width: int,
        count: int,
    ) -> None:
        """Lay out the computation.

        :param rows: the matrix's bytes, shape ``(n_out, bytes of a row)``, contiguous, on a
            multiple of 32 bytes as every tensor of a GGUF file is; not copied.
        :param kind: ggml's number of their type.
        :param width: numbers in a row.
        :param count: input rows.
        """
        base = _declared(library.ggml)
        self._processor = processor
        self._base = base
        self.inputs = aligned((count, width))
        """float32, shape ``(count, width)``."""
        self.outputs = aligned((count, len(rows)))
        """float32, shape ``(count, n_out)``."""
        room = base.ggml_tensor_overhead() * _GRAPH_NODES + base.ggml_graph_overhead_custom(
            _GRAPH_NODES, False
        )
        self._context = base.ggml_init(_InitParams(room, None, True))
        weights = base.ggml_new_tensor_2d(self._context, kind, width, len(rows))
        inputs = base.ggml_new_tensor_2d(self._context, _F32, width, count)
        product = base.ggml_mul_mat(self._context, weights, inputs)
        self._buffers = [
            self._placed(tensor, array)
            for tensor, array in ((weights, rows), (inputs, self.inputs), (product, self.outputs))
        ]
        # The tensors point into these.
        self._kept_alive = rows
        self._graph = base.ggml_new_graph_custom(self._context, _GRAPH_NODES, False)
        base.ggml_build_forward_expand(self._graph, product)

    def run(self) -> NDArray[np.float32]:
        """Compute :attr:`outputs` from :attr:`inputs`, and return them."""
        self._processor.compute(self._graph)
        return self.outputs

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        for buffer in self._buffers:
            self._base.ggml_backend_buffer_free(buffer)
        self._buffers = []
        if self._context is not None:
            self._base.ggml_free(self._context)
            self._context = None

    def _placed(self, tensor: Any, array: NDArray[Any]) -> Any:
        address = array.ctypes.data
        buffer = self._base.ggml_backend_cpu_buffer_from_ptr(address, array.nbytes)
        if self._base.ggml_backend_tensor_alloc(buffer, tensor, address) != 0:
            raise MemoryError("ggml would not take the memory of a matrix")
        return buffer


class Processor:
    """ggml's processor back end: threads and working memory for :class:`Multiplication`."""

    def __init__(self, library: Library, threads: int) -> None:
        self._base = _declared(library.ggml)
        cpu = library.ggml_cpu
        cpu.ggml_backend_cpu_init.restype = ctypes.c_void_p
        cpu.ggml_backend_cpu_set_n_threads.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._backend: Any = cpu.ggml_backend_cpu_init()
        cpu.ggml_backend_cpu_set_n_threads(self._backend, threads)

    def compute(self, graph: Any) -> None:
        """Run ``graph`` to its end."""
        status = self._base.ggml_backend_graph_compute(self._backend, graph)
        if status != 0:
            raise RuntimeError(f"ggml failed to multiply ({status})")

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        if self._backend is not None:
            self._base.ggml_backend_free(self._backend)
            self._backend = None


def aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Float32 zeros that begin where ggml wants them to: on a multiple of 64 bytes."""
    size = int(np.prod(shape)) * 4
    memory = np.zeros(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(np.float32).reshape(shape)


def _declared(base: Any) -> Any:
    """``base`` with the few functions used here declared."""
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    signatures: dict[str, tuple[list[Any], Any]] = {
        "ggml_init": ([_InitParams], pointer),
        "ggml_free": ([pointer], None),
        "ggml_tensor_overhead": ([], size),
        "ggml_graph_overhead_custom": ([size, ctypes.c_bool], size),
        "ggml_new_tensor_2d": ([pointer, ctypes.c_int, ctypes.c_int64, ctypes.c_int64], pointer),
        "ggml_mul_mat": ([pointer, pointer, pointer], pointer),
        "ggml_new_graph_custom": ([pointer, size, ctypes.c_bool], pointer),
        "ggml_build_forward_expand": ([pointer, pointer], None),
        "ggml_backend_cpu_buffer_from_ptr": ([pointer, size], pointer),
        "ggml_backend_buffer_free": ([pointer], None),
        "ggml_backend_tensor_alloc": ([pointer, pointer, pointer], ctypes.c_int),
        "ggml_backend_graph_compute": ([pointer, pointer], ctypes.c_int),
        "ggml_backend_free": ([pointer], None),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(base, name)
        function.argtypes, function.restype = arguments, result
    return base
