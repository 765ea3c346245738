"""A small model in llama.cpp of which only embeddings go in and come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.batch import Batch
from wyoming_lfm2.engine.llama.context import decode, free, load_model
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.gguf.errors import ModelFileError

_WHOLE = -1


class EmbeddingContext:
    """Weights and one context. Every method belongs to the worker thread."""

    def __init__(
        self, library: Library, path: Path, *, threads: int, rows: int, sequences: int, context: int
    ) -> None:
        """Load ``path``.

        :param rows: rows in one decode at most.
        :param sequences: sequence numbers to make room for, from 0.
        :param context: rows that the memory holds, all sequences together.
        :raises ModelFileError: llama.cpp refuses the file.
        """
        self._library = library
        self._llama = library.llama
        self._context: Any = None
        # Never mapped: what llama.cpp copies into a faster layout would count twice.
        self._model: Any = load_model(library, path, gpu_layers=0, memory_map=False)
        self.width: int = self._llama.llama_model_n_embd(self._model)
        """Numbers in a row that goes in."""
        self.width_out: int = self._llama.llama_model_n_embd_out(self._model)
        """Numbers in a row that comes out."""
        params = self._llama.llama_context_default_params()
        params.n_ctx = context
        params.n_batch = params.n_ubatch = rows
        params.n_seq_max = sequences
        params.n_outputs_max = rows
        params.kv_unified = True
        # With a sliding window no more than the window is kept.
        params.swa_full = False
        params.embeddings = True
        params.pooling_type = self._llama.LLAMA_POOLING_TYPE_NONE
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        params.offload_kqv = params.op_offload = False
        self._context = self._llama.llama_init_from_model(self._model, params)
        if not self._context:
            reason = library.complaints.take() or "no reason given"
            self.close()
            raise ModelFileError(
                path, f"llama.cpp cannot make a context for it ({reason})", "Use fewer engine.sequences."
            )
        self._memory = self._llama.llama_get_memory(self._context)
        self._batch = Batch(library, rows)
        self.positions = self._batch.positions
        """Where each row of the next decode goes in its sequence: int32, to be written."""
        self.sequences = self._batch.sequences
        """Which sequence each row of the next decode belongs to: int32, to be written."""
        self._batch.outputs[:] = 1

    def decode(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Append ``rows`` where :attr:`sequences` and :attr:`positions` say.

        :param rows: float32, contiguous, shape ``(n, width)``.
        :returns: float32, shape ``(n, width_out)``: a view of llama.cpp's memory, good until
            the next decode.
        :raises EngineError: llama.cpp could not do it; the sequences must be removed.
        """
        decode(self._library, self._context, self._batch.of_embeddings(rows))
        pointer = self._llama.llama_get_embeddings(self._context)
        return np.ctypeslib.as_array(pointer, shape=(len(rows), self.width_out))

    def clear(self) -> None:
        """Forget all sequences."""
        self._llama.llama_memory_clear(self._memory, False)

    def remove_sequence(self, sequence: int) -> None:
        """Forget one sequence."""
        if not self._llama.llama_memory_seq_rm(self._memory, sequence, _WHOLE, _WHOLE):
            raise EngineError(f"llama.cpp would not free sequence {sequence}")

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        free(self._library, self._model, self._context)
        self._model = self._context = None
