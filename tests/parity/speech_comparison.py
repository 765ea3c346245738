"""Everything of speech that is compared with the reference. Tolerances are made as in `comparison`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.parity.comparison import Choices, Comparison, compare_arrays, stored
from tests.parity.speech_cases import COLUMNS, VOCODER
from tests.parity.speech_running import Forced
from wyoming_lfm2.gguf.quantization import Quantization

NAME = "spoken"

SUMS_TOLERANCE = 1e-6
"""Eight numbers below 0.5 are added in float32 on both sides, perhaps in another order."""

SNR_ROOM_DB = 2.0
"""How much less the ratio of signal to difference may be than predicted: a quarter more difference."""


def reference(quantization: Quantization, name: str = NAME) -> dict[str, NDArray[Any]]:
    """What the reference gave."""
    return stored(name, quantization)


def compare_speech(
    got: Forced, quantization: Quantization, name: str = NAME
) -> Iterator[Comparison | Choices]:
    """Text logits, depthformer logits and codes, summed embeddings and waveform along the reference's events."""
    expected = reference(quantization, name)
    weights = quantization.value
    yield from compare_arrays(
        "text_logits", name, quantization, got.text_logits, expected["text_logits"], expected
    )
    depth = tuple(
        compare_arrays(
            "depth_logits",
            name,
            quantization,
            got.depth_logits[..., COLUMNS],
            expected["depth_logits"],
            expected,
        )
    )
    yield from depth
    yield _codes(got, expected, name, weights, tolerance=depth[0].tolerance)
    worst = float(np.abs(got.sums - expected["sums"]).max())
    yield Comparison("summed embeddings", name, weights, "worst", worst, SUMS_TOLERANCE)
    yield from compare_arrays("sound", name, quantization, got.sound, expected["sound"], expected)


def _codes(
    got: Forced, expected: dict[str, NDArray[Any]], name: str, weights: str, tolerance: float
) -> Choices:
    """The best code of each book. End-of-audio has one that is the reference's own, the others are set."""
    events = expected["events"]
    frames = events[events[:, 1] >= 0]
    judged = np.ones(frames.shape, bool)
    judged[frames[:, 0] == VOCODER.end_of_audio, 1:] = False
    decided = (expected["depth_margins"] > tolerance) & judged
    same = (got.depth_logits.argmax(-1) == frames) & judged
    return Choices(
        name, weights, int(judged.sum()), int(decided.sum()), int(same.sum()), int((same & decided).sum())
    )


def logits_tolerance(quantization: Quantization, name: str = NAME, what: str = "depth_logits") -> float:
    """How far one logit of the depthformer may be off."""
    expected = reference(quantization, name)
    nothing = np.zeros((1, 1), np.float32)
    compared = compare_arrays(what, name, quantization, nothing, nothing, expected)
    return next(compared).tolerance


def signal_to_difference_db(got: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Power of the reference's waveform over that of the difference."""
    return float(10 * np.log10(np.square(expected).mean() / np.square(got - expected).mean()))


def predicted_db(quantization: Quantization, name: str = NAME) -> float:
    """The same ratio for the reference with llama.cpp's arithmetic."""
    expected = reference(quantization, name)
    sources = ("half",) if quantization is Quantization.F32 else ("half", "q8_inputs")
    power = sum(float(expected[f"{source}_sound_rms"]) ** 2 for source in sources)
    return float(10 * np.log10(np.square(expected["sound"]).mean() / power))
