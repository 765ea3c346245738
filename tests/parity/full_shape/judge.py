"""Whether what the engine gave differs from the reference by no more than llama.cpp's known arithmetic makes.

The reference gives two arrays for each thing compared: what it computes, and what it computes when llama.cpp's
arithmetic is put in its place (see `reference.as_llama`). As in `comparison`, the root mean square of the engine's
difference may be `RMS_FACTOR` times what that predicts. The largest single difference may be `WORST_FACTOR` times in
F32 and F16; inputs of matrices rounded to Q8_0 move single numbers by too much for it to say anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.parity.comparison import RMS_FACTOR, WORST_FACTOR
from wyoming_lfm2.gguf.quantization import Quantization

SHARP = (Quantization.F32, Quantization.F16)
"""Storages in which single numbers and choices are judged, too."""


@dataclass(frozen=True)
class Change:
    """How far some numbers are from others."""

    rms: float
    worst: float

    @classmethod
    def of(cls, got: NDArray[np.float32], expected: NDArray[np.float32]) -> Change:
        """Infinite if the shapes are not the same or a number is not finite."""
        if got.shape != expected.shape or not np.isfinite(got).all():
            return cls(float("inf"), float("inf"))
        difference = got.astype(np.float64) - expected
        return cls(float(np.sqrt(np.square(difference).mean())), float(np.abs(difference).max()))


@dataclass(frozen=True)
class Judgement:
    """One thing compared."""

    what: str
    storage: Quantization
    signal: float
    """Root mean square of what the reference gave."""
    difference: Change
    predicted: Change
    residual: float | None
    """Root mean square of what the prediction does not explain."""

    @property
    def tolerance(self) -> Change:
        """How far the engine may be off."""
        worst = WORST_FACTOR * self.predicted.worst if self.storage in SHARP else float("inf")
        return Change(RMS_FACTOR * self.predicted.rms, worst)

    @property
    def agrees(self) -> bool:
        """Whether it is within the tolerance."""
        tolerance = self.tolerance
        return self.difference.rms <= tolerance.rms and self.difference.worst <= tolerance.worst

    def row(self) -> str:
        """Of the table, everything but the largest differences relative to the signal."""
        change, predicted = self.difference, self.predicted
        signal = self.signal or 1.0
        ratio = f"{change.rms / predicted.rms:.2f}" if predicted.rms else "-"
        residual = "-" if self.residual is None else f"{self.residual / signal:.1e}"
        return (
            f"| {self.what} | {change.rms / signal:.2e} | {predicted.rms / signal:.2e} | {ratio} | {residual} "
            f"| {change.worst:.2g} | {predicted.worst:.2g} | {'yes' if self.agrees else '**NO**'} |"
        )


HEADING = (
    "| compared | difference | predicted | ratio | residual | largest | predicted | agrees |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def judged(
    what: str,
    storage: Quantization,
    got: NDArray[np.float32],
    expected: NDArray[np.float32],
    predicted: NDArray[np.float32] | Change,
) -> Judgement:
    """``got`` from the engine, the others from the reference; ``predicted`` as array or as the change it makes."""
    signal = float(np.sqrt(np.square(expected, dtype=np.float64).mean()))
    difference = Change.of(got, expected)
    if isinstance(predicted, Change):
        return Judgement(what, storage, signal, difference, predicted, None)
    residual = Change.of(got, predicted).rms
    return Judgement(what, storage, signal, difference, Change.of(predicted, expected), residual)


@dataclass(frozen=True)
class Fact:
    """Something that is so or not, and in words what was found."""

    what: str
    holds: bool
    found: str

    def line(self) -> str:
        """For a person."""
        return f"- {self.what}: {self.found}{'' if self.holds else '  **NO**'}"


def choices(
    judgement: Judgement, got: NDArray[np.float32], expected: NDArray[np.float32], chosen: NDArray[np.integer]
) -> Fact:
    """Whether the likeliest of ``got`` are those ``chosen`` by the reference, where it is clear.

    Clear is what leads in ``expected``, the logits before each choice, by more than one logit may be off in F32 and
    F16. Nothing is in the other storages, for which the fact only says how many are the same.
    """
    order = np.sort(expected, axis=-1)
    clear = order[..., -1] - order[..., -2] > judgement.tolerance.worst
    same = got.argmax(-1) == chosen
    wrong = int((clear & ~same).sum())
    found = f"{int(same.sum())} of {same.size} the same, {int(clear.sum())} clear"
    return Fact(
        f"choices by {judgement.what}", wrong == 0, found if not wrong else f"{found}, {wrong} of them others"
    )


def seen(judgement: Judgement) -> Fact:
    """Whether a mistake that was made on purpose, in what it was judged against, is out of tolerance.

    It has to be in F32. Coarser arithmetic hides small ones, and the fact only says which.
    """
    times = f"{judgement.difference.rms / judgement.tolerance.rms:.1f} times what is allowed"
    found = f"{times}, not seen" if judgement.agrees else times
    holds = not judgement.agrees or judgement.storage is not Quantization.F32
    return Fact(f"mistake in {judgement.what}", holds, found)


def table(judgements: Iterable[Judgement], facts: Iterable[Fact]) -> str:
    """Everything as Markdown."""
    return "\n".join((HEADING, *(one.row() for one in judgements), "", *(fact.line() for fact in facts)))


def wrong(judgements: Iterable[Judgement], facts: Iterable[Fact]) -> list[str]:
    """What is not as it should be."""
    disagreeing = [one.what for one in judgements if not one.agrees]
    return disagreeing + [fact.what for fact in facts if not fact.holds]
