"""The engine's own parts on a parity model: what goes through llama.cpp here goes through it in the product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.model_sets import tiny_model_set
from tests.parity.cases import RIG, SEED, TOKENIZER
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP, Backbone, BackboneOptions, TokenRow
from wyoming_lfm2.engine.model.encoder import Encoder
from wyoming_lfm2.engine.requests.prompts import AsrPrompt
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet

_SEQUENCE = 0


class Running:
    """A loaded parity model, one transcription at a time."""

    def __init__(self, model_set: ModelSet, stack: ExitStack) -> None:
        library = load_library()
        self.model_set = model_set
        self.backbone = Backbone(
            library, model_set.backbone, BackboneOptions(threads=1, gpu_layers=0, context=512, sequences=2)
        )
        stack.callback(self.backbone.close)
        self.encoder = Encoder(library, model_set.mmproj, self.backbone, threads=1, gpu=False)
        stack.callback(self.encoder.close)
        self.prompt = AsrPrompt.of(
            library, self.backbone.vocabulary, model_set.backbone, model_set.model.asr_prompt
        )

    def embeddings(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embeddings of ``samples``, (n, n_embd)."""
        return self.encoder.encode(samples).copy()

    def forced_logits(self, samples: NDArray[np.float32], tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        """Logits before each of ``tokens`` while the transcript is forced to be those, (tokens, n_vocab)."""
        embeddings = self.embeddings(samples)
        return forced_logits(self.backbone, self.prompt, _SEQUENCE, embeddings, tokens.tolist())


def forced_logits(
    backbone: Backbone,
    prompt: AsrPrompt,
    sequence: int,
    embeddings: NDArray[np.float32],
    tokens: Sequence[int],
) -> NDArray[np.float32]:
    """Logits before each of ``tokens`` as the transcript of ``embeddings``, (tokens, n_vocab)."""
    backbone.prefill_tokens(sequence, 0, prompt.prefix)
    rows = np.concatenate((embeddings, prompt.suffix_rows))
    position = len(prompt.prefix)
    logits: list[NDArray[np.float32]] = []
    for start in range(0, len(rows), ROWS_PER_STEP):
        part = np.ascontiguousarray(rows[start : start + ROWS_PER_STEP])
        last = start + len(part) == len(rows)
        result = backbone.decode_embeddings(sequence, position, part, output=last)
        position += len(part)
        if result is not None:
            logits.append(result.copy())
    for token in tokens[:-1]:
        logits.append(backbone.decode_tokens([TokenRow(sequence, position, token)])[0].copy())
        position += 1
    backbone.remove_sequence(sequence)
    return np.stack(logits)


def parity_model_set(folder: Path, quantization: Quantization) -> ModelSet:
    """Writes the parity model."""
    return tiny_model_set(folder, SEED, quantization, RIG, TOKENIZER)


@contextmanager
def running(folder: Path, quantization: Quantization) -> Iterator[Running]:
    """Writes and loads the parity model."""
    with ExitStack() as stack:
        yield Running(parity_model_set(folder, quantization), stack)
