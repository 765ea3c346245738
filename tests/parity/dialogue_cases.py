"""What the parity of dialogues is judged on: two turns, one heard and one written, answered in text and sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.model_sets import SeededArrays, add_speech, tiny_arrays, tiny_model_set
from tests.parity.cases import AUDIO, TOKENIZER, as_stored
from tests.parity.speech_cases import DETOKENIZER, VOCODER
from wyoming_lfm2.engine.api import INTERLEAVED
from wyoming_lfm2.gguf.detokenizer_layout import detokenizer_tensors
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.vocoder_layout import vocoder_tensors
from wyoming_lfm2.models.model_set import ModelSet

SYSTEM = INTERLEAVED.prompt


@dataclass(frozen=True)
class Case:
    """A model and what is said to it."""

    seed: int
    rig: Mapping[str, float]
    codes: Mapping[int, float]
    said: tuple[str | NDArray[np.float32], ...]
    """Samples at 16 kHz, then text."""


CASES = {
    Quantization.F32: Case(
        seed=1,
        rig={"<|audio_start|>": 0.0, "<|text_end|>": -2.1386, "<|im_end|>": 2.5},
        codes={VOCODER.end_of_audio: 1.4601},
        said=(AUDIO["speech"], "what time is it"),
    ),
    Quantization.Q8_0: Case(
        seed=2,
        rig={"<|audio_start|>": 0.0, "<|text_end|>": -4.0499, "<|im_end|>": -2.5},
        codes={VOCODER.end_of_audio: -2.7576},
        said=(AUDIO["speech"], "turn off the lights"),
    ),
}
"""Found by trying: each has text that ends by its six tokens and by itself, sound that ends by its twelve frames and
by itself, text after the end of the sound, and an answer that ends. A factor may be negative: it turns a row round."""

MOST_EVENTS = 64
"""Tokens and frames of one answer."""


def dialogue_weights(quantization: Quantization) -> tuple[Mapping[str, NDArray[np.float32]], ...]:
    """Backbone, encoder, vocoder and detokenizer arrays by GGUF name, as llama.cpp has them after loading."""
    case = CASES[quantization]
    backbone, encoder = tiny_arrays(case.seed, case.rig, TOKENIZER)
    vocoder = SeededArrays(case.seed, vocoder_tensors(VOCODER), case.codes)
    detokenizer = SeededArrays(case.seed + 1_000_000, detokenizer_tensors(DETOKENIZER))
    return tuple(as_stored(part, quantization) for part in (backbone, encoder, vocoder, detokenizer))


def dialogue_model_set(folder: Path, quantization: Quantization) -> ModelSet:
    """Writes the model."""
    case = CASES[quantization]
    hearing = tiny_model_set(folder, case.seed, quantization, case.rig, TOKENIZER)
    return add_speech(hearing, case.seed, quantization, VOCODER, DETOKENIZER, case.codes)
