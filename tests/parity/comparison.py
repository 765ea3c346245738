"""Everything that is compared with the reference, and how far it may be off.

Tolerances are made of what the reference itself does when it is given llama.cpp's arithmetic (see
`make_reference`): float16 in the first convolution and in attention for any file, and inputs of quantised
matrices in Q8_0 where the file is quantised. These predict the root mean square of the differences within a few
per cent, so a quarter more is allowed for it; the largest single difference varies more, and gets twice what was
predicted. Tried: another rope base, an epsilon of 1e-3, gate and up exchanged, the two position biases exchanged,
the biases of query and value exchanged. Each is outside the tolerances of F32 for every piece of audio.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.parity.cases import AUDIO, FOLDER
from tests.parity.front_end import mel_spectrograms
from tests.parity.running import Running
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet

WORST_FACTOR = 2.0
RMS_FACTOR = 1.25

MEL_TOLERANCE = 5e-4
"""Both sides work in float32, with FFTs and logarithms of their own. A bin whose energy is near the guard value
2^-24 magnifies their rounding, and the normalisation divides by deviations of about 1."""

_PREDICTED = {Quantization.F32: ("half",), Quantization.Q8_0: ("half", "q8_inputs")}


@dataclass(frozen=True)
class Comparison:
    """One thing compared: ``difference`` has to stay within ``tolerance``."""

    what: str
    audio: str
    weights: str
    measure: str
    difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether it is close enough."""
        return self.difference <= self.tolerance


@dataclass(frozen=True)
class Choices:
    """How often the next token is the reference's."""

    audio: str
    weights: str
    steps: int
    decided: int
    """Steps in which the reference's best token leads by more than the tolerance of the logits."""
    same: int
    same_decided: int


def stored(audio: str, quantization: Quantization) -> dict[str, NDArray[Any]]:
    """What the reference gave."""
    with np.load(FOLDER / f"{audio}-{quantization.value}.npz") as file:
        return {name: file[name] for name in file.files}


def record() -> dict[str, Any]:
    """What is stored once for all cases."""
    content: dict[str, Any] = json.loads((FOLDER / "reference.json").read_text())
    return content


def compare_front_end(model_set: ModelSet, folder: Path) -> Iterator[Comparison]:
    """Mel spectrograms; the same whatever the weights."""
    expected = {audio: stored(audio, Quantization.F32).get("mel") for audio in AUDIO}
    audio = {name: AUDIO[name] for name, mel in expected.items() if mel is not None}
    for name, got in mel_spectrograms(model_set, audio, folder).items():
        mel = expected[name]
        assert mel is not None
        yield Comparison("mel", name, "", "worst", _worst(got, mel), MEL_TOLERANCE)


def compare_embeddings(running: Running, quantization: Quantization) -> Iterator[Comparison]:
    """Encoder and adapter."""
    for audio, samples in AUDIO.items():
        reference = stored(audio, quantization)
        got = running.embeddings(samples)
        yield from compare_arrays("embeddings", audio, quantization, got, reference["embeddings"], reference)


def compare_logits(running: Running, quantization: Quantization) -> Iterator[Comparison | Choices]:
    """Backbone and head along the reference's own transcript, audio included."""
    for audio, samples in AUDIO.items():
        reference = stored(audio, quantization)
        expected, tokens = reference["logits"], reference["tokens"]
        got = running.forced_logits(samples, tokens)
        both = tuple(compare_arrays("logits", audio, quantization, got, expected, reference))
        yield from both
        order = np.sort(expected, axis=1)
        decided = order[:, -1] - order[:, -2] > both[0].tolerance
        same = got.argmax(axis=1) == tokens
        yield Choices(
            audio,
            quantization.value,
            len(tokens),
            int(decided.sum()),
            int(same.sum()),
            int((same & decided).sum()),
        )


def compare_arrays(
    what: str,
    audio: str,
    quantization: Quantization,
    got: NDArray[np.float32],
    expected: NDArray[np.float32],
    reference: dict[str, NDArray[Any]],
) -> Iterator[Comparison]:
    """Largest difference, then root mean square, against what was predicted for ``what``."""
    predicted = _PREDICTED[quantization]
    worst = WORST_FACTOR * sum(float(reference[f"{source}_{what}_worst"]) for source in predicted)
    squares = sum(float(reference[f"{source}_{what}_rms"]) ** 2 for source in predicted)
    rms = RMS_FACTOR * float(np.sqrt(squares))
    yield Comparison(what, audio, quantization.value, "worst", _worst(got, expected), worst)
    difference = float(np.sqrt(np.square(got - expected).mean()))
    yield Comparison(what, audio, quantization.value, "rms", difference, rms)


def _worst(got: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    if got.shape != expected.shape or not np.isfinite(got).all():
        return float("inf")
    return float(np.abs(got - expected).max())
