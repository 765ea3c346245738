"""What speaks: backbone, depthformer and detokenizer, one audio frame at a time."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Items
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.ggml_matmul import aligned
from wyoming_lfm2.engine.llama.ggml_rows import StoredRows
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.model.backbone import Backbone
from wyoming_lfm2.engine.model.depthformer import Depthformer, Guide
from wyoming_lfm2.engine.model.detokenizer import Detokenizer
from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.model.mimi import Mimi
from wyoming_lfm2.engine.requests.prompts import TtsPrompt
from wyoming_lfm2.engine.requests.steps import AudioFrame, GenerateAudioFrame
from wyoming_lfm2.gguf.depthformer_file import depthformer_file
from wyoming_lfm2.gguf.vocoder_tables import read_vocoder_tables

_NO_SOUND = np.zeros(0, np.float32)


class AudioGenerator:
    """The parts that speech needs besides the backbone. Belongs to the worker thread."""

    def __init__(
        self,
        library: Library,
        backbone: Backbone,
        prompt: TtsPrompt,
        vocoder: Path,
        tokenizer: Path | None,
        code_table: Path | None,
        mimi: Path | None = None,
        *,
        cache: Path,
        threads: int,
        utterances: int,
    ) -> None:
        """Load them.

        :param mimi: makes the sound in the place of ``tokenizer``.
        :param cache: folder for the depthformer's rewritten file.
        :param utterances: how many may be spoken at once; their sequences are numbered from 0.
        :raises ModelFileError: a file is wrong.
        """
        self._backbone = backbone
        self.prompt = prompt
        tables = read_vocoder_tables(vocoder, code_table)
        self.tables = tables
        with ExitStack() as undo:
            self.depthformer = Depthformer(
                library,
                depthformer_file(vocoder, cache),
                tables,
                threads=threads,
                most_frames=2 * utterances,
            )
            undo.callback(self.depthformer.close)
            self.detokenizer: Detokenizer | Mimi
            if mimi is not None:
                self.detokenizer = Mimi(mimi)
            else:
                assert tokenizer is not None
                assert tables.code_embedding is not None
                self.detokenizer = Detokenizer(
                    library,
                    tokenizer,
                    tables.code_embedding,
                    tables.sizes,
                    threads=threads,
                    utterances=utterances,
                    frames=backbone.context,
                )
            undo.pop_all()
        self._embeddings = StoredRows(library, tables.audio_embedding)
        self._inputs = aligned((2 * utterances, backbone.width))
        self._heard = aligned((utterances, backbone.width))

    def frames(self, turn: Items[tuple[Sequence, GenerateAudioFrame]]) -> list[AudioFrame]:
        """The next audio frame of each of several utterances.

        One part after the other. A second thread for the detokenizer, beside the backbone's next
        frame, was tried on two processors (released shape, Q4_0, one utterance): with one thread
        for each part an audio frame took 53 ms instead of 61, with two threads 69 instead of 74 while other
        programs ran. On a quiet machine two threads have no idle time to fill, and take 38 ms without it.

        :raises EngineError: llama.cpp failed; the sequences must be given back.
        """
        steps = [step for _, step in turn]
        forks = [(sequence.fork, i) for i, (sequence, _) in enumerate(turn) if sequence.fork]
        sequences = [sequence for sequence, _ in turn] + [fork for fork, _ in forks]
        for row, step in zip(self._inputs, [*steps, *(steps[i] for _, i in forks)], strict=False):
            row[:] = step.row
        hidden = self._backbone.hidden_states(
            [sequence.id for sequence in sequences],
            [sequence.position for sequence in sequences],
            self._inputs[: len(sequences)],
        )
        for sequence in sequences:
            sequence.position += 1
        codes = self.depthformer.frames(
            hidden, [step.draws for step in steps], [Guide(i, steps[i].guidance) for _, i in forks]
        )
        end = self.tables.sizes.end_of_audio
        ends = codes[:, 0] == end
        codes[ends] = end
        speaking = np.flatnonzero(~ends)
        sounds = dict(
            zip(
                speaking.tolist(),
                self.detokenizer.sound([sequences[i].id for i in speaking], codes[speaking])
                if speaking.size
                else (),
                strict=True,
            )
        )
        return [
            AudioFrame(
                tuple(codes[i].tolist()),
                self.heard(sequence.id, codes[i]),
                sounds.get(i, _NO_SOUND),
                bool(ends[i]),
            )
            for i, (sequence, _) in enumerate(turn)
        ]

    def heard(self, utterance: int, codes: NDArray[np.int32]) -> NDArray[np.float32]:
        """What the backbone hears of an audio frame: the sum of its codes' embeddings.

        :param codes: int32, shape ``(codebooks,)``.
        :returns: float32, shape ``(n_embd,)``: a view that is good until the utterance's next audio frame.
        """
        row: NDArray[np.float32] = self._heard[utterance]
        self._add_up(codes, row)
        return row

    def embedded(self, frames: Items[Items[int]]) -> NDArray[np.float32]:
        """What the backbone hears of several frames: float32, shape ``(len(frames), n_embd)``."""
        rows = np.empty((len(frames), self._backbone.width), np.float32)
        for row, codes in zip(rows, frames, strict=True):
            self._add_up(codes, row)
        return rows

    def close(self) -> None:
        """Free everything."""
        self.detokenizer.close()
        self.depthformer.close()

    def _add_up(self, codes: Iterable[int], row: NDArray[np.float32]) -> None:
        row.fill(0)
        rows_each = self.tables.sizes.n_rows
        self._embeddings.add_to(
            row, (codebook * rows_each + int(code) for codebook, code in enumerate(codes))
        )
