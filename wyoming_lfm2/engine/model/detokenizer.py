"""From codes to sound: the detokenizer and its inverse Fourier transform, for several utterances at once.

As ``LFM2AudioDetokenizer`` of liquid-audio 1.3.0: an audio frame is the mean of its codes' embeddings, goes in
six times, and six spectrogram columns come out, which become 80 ms of sound at 24 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.embedding_context import EmbeddingContext
from wyoming_lfm2.engine.llama.ggml_matmul import aligned
from wyoming_lfm2.engine.llama.ggml_rows import StoredRows
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.model.istft import StreamingIstft
from wyoming_lfm2.gguf.detokenizer_layout import ROWS_PER_FRAME
from wyoming_lfm2.gguf.vocoder_layout import VocoderHyperparameters
from wyoming_lfm2.gguf.vocoder_tables import Table


class Detokenizer:
    """The resident detokenizer. Every method belongs to the worker thread."""

    def __init__(
        self,
        library: Library,
        path: Path,
        table: Table,
        sizes: VocoderHyperparameters,
        *,
        threads: int,
        utterances: int,
        frames: int,
    ) -> None:
        """Load it.

        :param table: embeddings of the codes: row ``codebook * n_codes + code``.
        :param utterances: how many may be spoken at once; numbered from 0.
        :param frames: how many they may have, all together.
        :raises ModelFileError: llama.cpp refuses the file.
        """
        self._sizes = sizes
        self._runner = EmbeddingContext(
            library,
            path,
            threads=threads,
            rows=utterances * ROWS_PER_FRAME,
            sequences=utterances,
            context=frames * ROWS_PER_FRAME,
        )
        self._embeddings = StoredRows(library, table)
        bins = self._runner.width_out // 2
        self._streams = [StreamingIstft(bins, ROWS_PER_FRAME) for _ in range(utterances)]
        self._lengths = [0] * utterances
        self._rows = aligned((utterances * ROWS_PER_FRAME, self._runner.width))
        self._mean = aligned((self._runner.width,))
        self._places = np.arange(ROWS_PER_FRAME, dtype=np.int32)

    def columns(self, utterances: Sequence[int], codes: NDArray[np.int32]) -> NDArray[np.float32]:
        """The spectrogram columns of the next audio frame of each of several utterances.

        :param codes: int32, shape ``(n, codebooks)``, one row for each of ``utterances``. A
            later codebook's code may be end-of-audio, which has no sound; the last code is taken for it.
        :returns: float32, shape ``(n, 6, 2 * bins)``: log-magnitudes, then angles; a view that
            is good until the next call.
        :raises EngineError: llama.cpp failed.
        """
        count = len(utterances) * ROWS_PER_FRAME
        runner = self._runner
        for i, utterance in enumerate(utterances):
            place = slice(i * ROWS_PER_FRAME, (i + 1) * ROWS_PER_FRAME)
            self._rows[place] = self._embedded(codes[i])
            runner.sequences[place] = utterance
            np.add(self._places, self._lengths[utterance], out=runner.positions[place])
            self._lengths[utterance] += ROWS_PER_FRAME
        made = runner.decode(self._rows[:count])
        return made.reshape(len(utterances), ROWS_PER_FRAME, runner.width_out)

    def sound(self, utterances: Sequence[int], codes: NDArray[np.int32]) -> list[NDArray[np.float32]]:
        """The sound that has become certain with the next audio frame of each of several utterances.

        Parameters and errors as :meth:`columns`.

        :returns: float32, shape ``(samples,)``, 24 kHz, not limited to -1 to 1; views that are
            good until the utterance's next audio frame.
        """
        made = self.columns(utterances, codes)
        return [self._streams[utterance].add(made[i]) for i, utterance in enumerate(utterances)]

    def flush(self, utterance: int) -> NDArray[np.float32]:
        """The last samples of an utterance; a view as in :meth:`sound`."""
        return self._streams[utterance].flush()

    def forget(self, utterance: int) -> None:
        """Free what an utterance has left in memory; its number may be used again."""
        if self._lengths[utterance]:
            self._runner.remove_sequence(utterance)
        self._lengths[utterance] = 0
        self._streams[utterance].reset()

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        self._runner.close()

    def _embedded(self, codes: NDArray[np.int32]) -> NDArray[np.float32]:
        last = self._sizes.n_codes - 1
        rows = (codebook * self._sizes.n_codes + min(int(code), last) for codebook, code in enumerate(codes))
        self._mean.fill(0)
        self._embeddings.add_to(self._mean, rows)
        self._mean /= self._sizes.n_codebooks
        return self._mean
