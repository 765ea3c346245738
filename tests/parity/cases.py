"""What parity is judged on: one tiny model with frozen weights, and four pieces of audio."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from nano.model_set_writer import stored_type
from tests.model_sets import SeededArrays, seeded_uniform, tiny_arrays, tiny_tokenizer
from wyoming_lfm2.gguf.backbone_layout import TensorSpec
from wyoming_lfm2.gguf.quantization import Quantization, decode, encode

FOLDER = Path(__file__).parent / "reference"

SEED = 2
RIG = {"<|im_end|>": 3.5, "<|audio_start|>": 0.0, "<|text_end|>": 0.0}
"""Random weights almost never choose a special token. With this seed and these factors every transcript of
`AUDIO` ends by itself, after a handful of tokens; found by trying seeds in order."""

TOKENIZER = tiny_tokenizer(released_numbers=True)
"""The reference knows the special tokens by their released numbers only."""

WEIGHTS = (Quantization.F32, Quantization.Q8_0)
"""The reference runs twice: with the numbers as they are, and with what is left of them after Q8_0. So what is
compared is the computing, and not the loss that the file format makes."""


def weights(quantization: Quantization) -> tuple[Mapping[str, NDArray[np.float32]], ...]:
    """Backbone and encoder arrays by GGUF name, as llama.cpp has them after loading."""
    return tuple(as_stored(arrays, quantization) for arrays in tiny_arrays(SEED, RIG, TOKENIZER))


def digest(arrays: tuple[Mapping[str, NDArray[np.float32]], ...]) -> str:
    """SHA-256 over names, shapes and little-endian float32 numbers."""
    total = hashlib.sha256()
    for part in arrays:
        for name in sorted(part):
            array = part[name]
            total.update(f"{name} {array.shape}\n".encode())
            total.update(array.astype("<f4").tobytes())
    return total.hexdigest()


def as_stored(arrays: SeededArrays, quantization: Quantization) -> Mapping[str, NDArray[np.float32]]:
    """The numbers that are left of ``arrays`` after ``quantization``."""
    return arrays if quantization is Quantization.F32 else _Stored(arrays, quantization)


class _Stored(dict[str, NDArray[np.float32]]):
    """Arrays after they have been stored in a quantisation and decoded again."""

    def __init__(self, arrays: SeededArrays, quantization: Quantization) -> None:
        super().__init__()
        for name, array in arrays.items():
            spec: TensorSpec = arrays.spec(name)
            self[name] = decode(encode(array, stored_type(spec, quantization))).reshape(array.shape)


def _buzz(name: str, samples: int) -> NDArray[np.float32]:
    """Noise over a square wave that falls in pitch, in multiples of 2^-15."""
    time = np.arange(samples, dtype=np.int64)
    square = np.where((time * (200_000 - time % 100_000) // 8_000_000) % 2 == 0, 6000, -6000)
    noise = np.floor(seeded_uniform(SEED, name, (samples,)) * np.float32(8192))
    return ((square + noise) / 32768).astype(np.float32)


def _speech() -> NDArray[np.float32]:
    """'Turn on the kitchen light.' by the synthetic voice slt of flite, 16 kHz."""
    samples, rate = soundfile.read(FOLDER / "speech.flac", dtype="float32")
    assert rate == 16000
    return np.asarray(samples, dtype=np.float32)


AUDIO: dict[str, NDArray[np.float32]] = {
    "speech": _speech(),
    "noise": _buzz("noise", 16000),
    "shortest": _buzz("shortest", 1280),
    "long": _buzz("long", 83_683),
}
"""Samples at 16 kHz. The shortest makes 9 mel frames, the fewest that the reference allows."""
