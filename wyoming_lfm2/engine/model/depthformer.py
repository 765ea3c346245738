"""From the backbone's hidden state to the codes of one audio frame, one codebook after the other.

As ``LFM2AudioModel._sample_audio_frame`` of liquid-audio 1.3.0: a linear layer makes an input for each
codebook out of the hidden state; each but the first has the embedding of the code before added; each
codebook has a head of its own. The transformer forgets everything between two frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.embedding_context import EmbeddingContext
from wyoming_lfm2.engine.llama.ggml_matmul import Multiplication, Processor, aligned
from wyoming_lfm2.engine.llama.ggml_rows import StoredRows
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.requests.steps import CodeChooser
from wyoming_lfm2.gguf.vocoder_tables import Table, VocoderTables

_IMPLAUSIBLE = 4.0
"""Nats below the likeliest code with the text from which a code is not drawn: 2 % of its probability."""


def guided(
    conditioned: NDArray[np.float32], unconditioned: NDArray[np.float32], scale: float
) -> NDArray[np.float32]:
    """Logits to draw from under classifier-free guidance: away from what would be said without the text.

    Ho and Salimans 2022 (arXiv:2207.12598), on logits as Sanchez et al. 2023 (arXiv:2306.17806) apply it to language
    models. What is unlikely with the text stays out of the question however much unlikelier it is without:
    the plausibility constraint of contrastive decoding (Li et al. 2023, arXiv:2210.15097).

    :param conditioned: logits given the text: float32, shape ``(codes,)``.
    :param unconditioned: logits without it, the same shape.
    :param scale: 1 is ``conditioned`` without what is implausible, more leads further away from ``unconditioned``.
    :returns: float32, shape ``(codes,)``; ``-inf`` where a code is implausible.
    """
    led = conditioned + np.float32(scale - 1) * (conditioned - unconditioned)
    led[conditioned < conditioned.max() - _IMPLAUSIBLE] = -np.inf
    return led


_HEAD_THREADS = 1
"""The heads are too small to be worth a second thread: 1.6 ms of an audio frame with one, more with two."""


@dataclass(frozen=True)
class Guide:
    """Hidden state that one audio frame is led away from."""

    frame: int
    """Which, counted from 0."""
    scale: float
    """How far; see :func:`~wyoming_lfm2.engine.model.depthformer.guided`."""


class Depthformer:
    """The resident depthformer and its heads. Every method belongs to the worker thread."""

    def __init__(
        self, library: Library, path: Path, tables: VocoderTables, *, threads: int, most_frames: int
    ) -> None:
        """Load it.

        :param path: as :func:`~wyoming_lfm2.gguf.depthformer_file.depthformer_file` gives it.
        :param most_frames: frames and guides that :meth:`frames` takes at once at most.
        :raises ModelFileError: llama.cpp refuses the file.
        """
        self._tables = tables
        self._codebooks = tables.sizes.n_codebooks
        self._runner = EmbeddingContext(
            library,
            path,
            threads=threads,
            rows=most_frames,
            sequences=most_frames,
            context=self._codebooks * most_frames,
        )
        self._library = library
        self._processor = Processor(library, _HEAD_THREADS)
        self._embeddings = [StoredRows(library, table) for table in tables.depth_embedding]
        self._rows = aligned((most_frames, self._runner.width))
        self._codes = np.empty((most_frames, self._codebooks), np.int32)
        self._heads: dict[int, _Heads] = {}

    def frames(
        self, hidden: NDArray[np.float32], draws: Sequence[CodeChooser], guides: Sequence[Guide] = ()
    ) -> NDArray[np.int32]:
        """The codes of one audio frame for each of several utterances.

        :param hidden: float32, shape ``(n + guides, n_embd of the backbone)``, after its output norm.
        :param draws: one for each of the first ``n`` rows of ``hidden``; asked once a codebook, in order.
        :param guides: what the other rows are for.
        :returns: int32, shape ``(n, codebooks)``: a view that is good until the next call.
        :raises EngineError: llama.cpp failed.
        """
        count = len(hidden)
        heads = self._heads_for(count)
        runner, rows, codes = self._runner, self._rows[:count], self._codes[:count]
        inputs = heads.inputs(hidden)
        runner.clear()
        runner.sequences[:count] = np.arange(count)
        for codebook in range(self._codebooks):
            np.copyto(rows, inputs[:, codebook])
            if codebook:
                for row, code in zip(rows, codes[:, codebook - 1], strict=True):
                    self._embeddings[codebook - 1].add_to(row, (int(code),))
            runner.positions[:count] = codebook
            logits = heads.logits(codebook, runner.decode(rows))
            leads = {
                guide.frame: guided(logits[guide.frame], unconditioned, guide.scale)
                for guide, unconditioned in zip(guides, logits[len(draws) :], strict=True)
            }
            for i, chooser in enumerate(draws):
                codes[i, codebook] = chooser.draw(leads.get(i, logits[i]))
            for i, guide in enumerate(guides, len(draws)):
                codes[i, codebook] = codes[guide.frame, codebook]
        return codes[: len(draws)]

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        for heads in self._heads.values():
            heads.close()
        self._heads.clear()
        self._processor.close()
        self._runner.close()

    def _heads_for(self, count: int) -> _Heads:
        if count not in self._heads:
            self._heads[count] = _Heads(self._library, self._processor, self._tables, count)
        return self._heads[count]


class _Heads:
    """The matrices on both sides of the transformer, for a fixed number of frames at once."""

    def __init__(self, library: Library, processor: Processor, tables: VocoderTables, count: int) -> None:
        def multiplication(table: Table) -> Multiplication:
            return Multiplication(library, processor, table.raw, int(table.type), table.width, count)

        self._shape = (count, tables.sizes.n_codebooks, tables.sizes.n_embd)
        self._linear = multiplication(tables.depth_linear)
        self._bias = tables.depth_linear_bias
        # llama.cpp has normed the output once already, with weights of one. Another RMS norm
        # would change nothing, so that only its weights are left to be multiplied.
        self._norms = tables.embedding_norm
        self._to_logits = [multiplication(table) for table in tables.to_logits]

    def inputs(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """What goes into the transformer: float32, shape ``(count, codebooks, n_embd)``."""
        np.copyto(self._linear.inputs, hidden)
        made = self._linear.run()
        made += self._bias
        return made.reshape(self._shape)

    def logits(self, codebook: int, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of one codebook: float32, shape ``(count, codes)``."""
        head = self._to_logits[codebook]
        np.multiply(output, self._norms[codebook], out=head.inputs)
        return head.run()

    def close(self) -> None:
        for multiplication in (self._linear, *self._to_logits):
            multiplication.close()
