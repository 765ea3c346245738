"""The resident LFM2 backbone: weights, one context, and what a step may do with them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.batch import Batch
from wyoming_lfm2.engine.llama.context import decode, free, load_model
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.llama.vocabulary import Vocabulary
from wyoming_lfm2.gguf.errors import ModelFileError

_LOGGER = logging.getLogger(__name__)

ROWS_PER_STEP = 32
"""Rows of one sequence in one decode at most: large enough to be efficient, small enough to take turns."""

_WHOLE = -1


@dataclass(frozen=True)
class BackboneOptions:
    """How the backbone runs; see ``EngineSettings``."""

    threads: int
    gpu_layers: int
    context: int
    """Tokens of context, shared by all sequences."""
    sequences: int
    """Sequence ids to make room for, those of prefixes included."""
    memory_map: bool = True
    """Use the file's pages as the weights' memory, where llama.cpp keeps their layout."""


def _most_rows(options: BackboneOptions) -> int:
    """Rows in one decode at most: a step's, or one of each sequence."""
    return max(ROWS_PER_STEP, options.sequences)


@dataclass(frozen=True)
class TokenRow:
    """One token to append to a sequence; its logits are wanted."""

    sequence: int
    position: int
    token: int


class Backbone:
    """Weights and context of one LFM2 model. Every method belongs to the worker thread."""

    def __init__(self, library: Library, path: Path, options: BackboneOptions) -> None:
        """Load ``path``.

        :raises ModelFileError: llama.cpp refuses the file.
        """
        self._library = library
        self._llama = library.llama
        self._model: Any = None
        self._context: Any = None
        self._hidden = False
        self._model = load_model(library, path, gpu_layers=options.gpu_layers, memory_map=options.memory_map)
        self.vocabulary = Vocabulary(library, self._model)
        self.width: int = self._llama.llama_model_n_embd(self._model)
        try:
            self._context = self._make_context(path, options)
        except ModelFileError:
            self.close()
            raise
        self._memory = self._llama.llama_get_memory(self._context)
        self.context: int = self._llama.llama_n_ctx(self._context)
        self._batch = Batch(library, _most_rows(options))

    @property
    def model(self) -> Any:
        """The ``llama_model`` pointer, which the encoder's library wants to see."""
        return self._model

    def decode_tokens(self, rows: Sequence[TokenRow]) -> NDArray[np.float32]:
        """Append one token to each of several sequences in one pass.

        :param rows: each of another sequence.
        :returns: logits, float32, shape ``(len(rows), n_vocab)``: a view of llama.cpp's
            memory, good until the next decode.
        :raises EngineError: llama.cpp could not do it; the sequences must be removed.
        """
        batch = self._batch
        for i, row in enumerate(rows):
            batch.tokens[i] = row.token
            batch.positions[i] = row.position
            batch.sequences[i] = row.sequence
        batch.outputs[: len(rows)] = 1
        self._decode(batch.of_tokens(len(rows)))
        return self._logits(len(rows))

    def prefill_tokens(self, sequence: int, position: int, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Append many tokens to one sequence.

        :returns: logits after the last one, float32, shape ``(n_vocab,)``, a view as in
            :meth:`decode_tokens`.
        :raises EngineError: as :meth:`decode_tokens`.
        """
        batch = self._batch
        for start in range(0, len(tokens), batch.capacity):
            part = tokens[start : start + batch.capacity]
            batch.tokens[: len(part)] = part
            self._place(sequence, position + start, len(part), output=start + len(part) == len(tokens))
            self._decode(batch.of_tokens(len(part)))
        return self._last_logits()

    def decode_embeddings(
        self, sequence: int, position: int, rows: NDArray[np.float32], *, output: bool
    ) -> NDArray[np.float32] | None:
        """Append embeddings to one sequence.

        :param rows: float32, contiguous, shape ``(n, n_embd)``, ``n`` at most :data:`ROWS_PER_STEP`.
        :param output: whether the logits after the last row are wanted.
        :returns: those logits, shape ``(n_vocab,)``, a view as in :meth:`decode_tokens`.
        :raises EngineError: as :meth:`decode_tokens`.
        """
        self._place(sequence, position, len(rows), output=output)
        self._decode(self._batch.of_embeddings(rows))
        return self._last_logits() if output else None

    def hidden_states(
        self, sequences: Sequence[int], positions: Sequence[int], rows: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Append one embedding to each of several sequences, and leave the head out.

        :param rows: float32, contiguous, shape ``(n, n_embd)``, each of another sequence.
        :returns: hidden states after the output norm, float32, shape ``(n, n_embd)``: a view of
            llama.cpp's memory, good until the next decode.
        :raises EngineError: as :meth:`decode_tokens`.
        """
        count = len(rows)
        self._batch.sequences[:count] = sequences
        self._batch.positions[:count] = positions
        self._batch.outputs[:count] = 1
        self._decode(self._batch.of_embeddings(rows), hidden=True)
        pointer = self._llama.llama_get_embeddings(self._context)
        return np.ctypeslib.as_array(pointer, shape=(count, self.width))

    def copy_sequence(self, source: int, target: int) -> None:
        """Let ``target`` go on from where ``source`` is; costs nothing until then."""
        self._llama.llama_memory_seq_cp(self._memory, source, target, _WHOLE, _WHOLE)

    def remove_sequence(self, sequence: int) -> None:
        """Forget ``sequence``, whole: its convolution state cannot go back to the middle."""
        if not self._llama.llama_memory_seq_rm(self._memory, sequence, _WHOLE, _WHOLE):
            raise EngineError(f"llama.cpp would not free sequence {sequence}")

    def length(self, sequence: int) -> int:
        """Rows that the memory holds of ``sequence``."""
        last: int = self._llama.llama_memory_seq_pos_max(self._memory, sequence)
        return last + 1

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        free(self._library, self._model, self._context)
        self._model = self._context = None

    def _make_context(self, path: Path, options: BackboneOptions) -> Any:
        params = self._llama.llama_context_default_params()
        params.n_ctx = options.context
        params.n_batch = params.n_ubatch = _most_rows(options)
        params.n_seq_max = options.sequences
        # Only last rows are ever asked for: without this, room for the logits of every row is taken.
        params.n_outputs_max = max(options.sequences, 1)
        params.kv_unified = True
        params.n_threads = options.threads
        params.n_threads_batch = options.threads
        params.no_perf = True
        # No layers offloaded means that a GPU is left alone, in a build that could use one.
        params.offload_kqv = params.op_offload = options.gpu_layers > 0
        context = self._llama.llama_init_from_model(self._model, params)
        if not context:
            reason = self._library.complaints.take() or "no reason given"
            raise ModelFileError(
                path,
                f"llama.cpp cannot make a context of {options.context} tokens ({reason})",
                "Set a smaller engine.context.",
            )
        return context

    def _place(self, sequence: int, position: int, count: int, *, output: bool) -> None:
        batch = self._batch
        batch.sequences[:count] = sequence
        batch.positions[:count] = np.arange(position, position + count, dtype=np.int32)
        batch.outputs[:count] = 0
        batch.outputs[count - 1] = output

    def _decode(self, batch: Any, *, hidden: bool = False) -> None:
        if hidden != self._hidden:
            # Context-wide; cheap, but the graph is laid out anew by the next decode.
            self._llama.llama_set_embeddings(self._context, hidden)
            self._hidden = hidden
        decode(self._library, self._context, batch)

    def _last_logits(self) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = self._logits(1)[0]
        return logits

    def _logits(self, count: int) -> NDArray[np.float32]:
        pointer = self._llama.llama_get_logits(self._context)
        return np.ctypeslib.as_array(pointer, shape=(count, self.vocabulary.size))
