"""Whether the model was fast enough, and how much memory it took."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.outcome import Concern, Outcome

_LITTLE = 0.1
"""Memory that is left, as a share of what was taken, below which it is close."""


@dataclass(frozen=True)
class Memory:
    """Of this process and its surroundings, in bytes."""

    peak: int
    """The largest resident size so far."""
    available: int | None
    """What may still be taken; None where the system does not tell."""

    def __str__(self) -> str:
        left = "" if self.available is None else f", {self.available / 1e6:,.0f} MB are left"
        return f"{self.peak / 1e6:,.0f} MB at most{left}"


def peak_bytes() -> int:
    """Return the largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def memory_concerns(memory: Memory, advice: Advice) -> Iterator[Concern]:
    """Say that memory is short, if it is."""
    if memory.available is not None and memory.available < _LITTLE * memory.peak:
        text = f"memory is near its limit: {memory}"
        yield Concern(text, advice.short_memory, serious=False)


def speed_concerns(outcomes: Iterable[Outcome], advice: Advice) -> Iterator[Concern]:
    """Say what took longer than the sound lasts, the slowest only: the remedy is the same."""
    timed = [(one.real_time_factor, one) for one in outcomes if one.real_time_factor is not None]
    factor, slowest = max(timed, key=lambda pair: pair[0] or 0.0, default=(None, None))
    if factor is not None and slowest is not None and factor > 1:
        text = f"{slowest.what}: {factor:.1f} s of work for a second of sound, so listeners have to wait"
        yield Concern(text, advice.slow, serious=False)
