"""What a trial found: one outcome for each thing that the model was asked to do, and the result of all of them."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.judging import MANY_WRONG, WordErrors, counts_characters

_LITTLE = 0.1
"""Memory that is left, as a share of what was taken, below which it is close."""


@dataclass(frozen=True)
class Concern:
    """Something that looks wrong."""

    text: str
    """One sentence for a person, without the full stop."""
    remedy: str
    """What to do."""
    serious: bool = True
    """The model does not work as it should; False: worth knowing, as that it is slow."""


def by_remedy(concerns: Iterable[Concern]) -> dict[str, list[Concern]]:
    """Put together what the same remedy is for, in the order in which they came."""
    groups: dict[str, list[Concern]] = {}
    for concern in concerns:
        groups.setdefault(concern.remedy, []).append(concern)
    return groups


@dataclass(frozen=True)
class Exchange:
    """One sentence, and what came back for it."""

    given: str
    """What was to be spoken, what the recording says, or the question."""
    returned: str
    """The transcript or the answer."""
    errors: WordErrors | None = None
    """None where there is no one right wording."""


@dataclass(frozen=True)
class Outcome:
    """One row of the table, with all that belongs to it."""

    what: str
    took_s: float = 0.0
    """Seconds of the clock."""
    sound_s: float | None = None
    """Seconds of sound that were heard or made; None where there was none."""
    errors: WordErrors | None = None
    exchanges: tuple[Exchange, ...] = ()
    concerns: tuple[Concern, ...] = ()
    not_offered: str = ""
    """Why the model was not asked to do it; empty if it was."""

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of work for a second of sound; None without sound."""
        return self.took_s / self.sound_s if self.sound_s else None


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


@dataclass(frozen=True)
class TrialResult:
    """What came out so far."""

    model: str
    """Name and version."""
    language: str
    """BCP 47 tag, the model's first."""
    outcomes: tuple[Outcome, ...] = ()
    memory: Memory | None = None
    more: tuple[Concern, ...] = ()
    """What belongs to no single outcome."""
    unfinished: str = ""
    """What the trial is at, or why it ended early; empty when it has come to its end."""

    @property
    def wrong(self) -> tuple[Concern, ...]:
        """What makes the trial a failure."""
        return tuple(concern for concern in self._concerns if concern.serious)

    @property
    def notes(self) -> tuple[Concern, ...]:
        """What is worth knowing besides."""
        return tuple(concern for concern in self._concerns if not concern.serious)

    @property
    def counted(self) -> str:
        """What errors are counted in."""
        return "characters" if counts_characters(self.language) else "words"

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.unfinished:
            return f"The trial did not come to its end. It was at this: {self.unfinished}."
        if not self.wrong:
            return "Nothing looks wrong." if not self.notes else "It works; see what is worth knowing."
        count = f"{len(self.wrong)} thing{'s look' if len(self.wrong) > 1 else ' looks'} wrong."
        rates = [outcome.errors.rate for outcome in self.outcomes if outcome.errors is not None]
        if rates and min(rates) > MANY_WRONG:
            nonsense = "nothing that it heard or said was right, as if its weights were random"
            return f"This model does not work: {nonsense}. {count}"
        return count

    @property
    def _concerns(self) -> tuple[Concern, ...]:
        return (*(concern for outcome in self.outcomes for concern in outcome.concerns), *self.more)


def judged(
    model: str, language: str, outcomes: Sequence[Outcome], memory: Memory, advice: Advice
) -> TrialResult:
    """Put together what a complete trial found, speed and memory included."""
    more = (*speed_concerns(outcomes, advice), *memory_concerns(memory, advice))
    return TrialResult(model, language, tuple(outcomes), memory, more)


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
