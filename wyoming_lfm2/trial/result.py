"""All that a trial found, for the terminal and for the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.outcome import Concern, Outcome
from wyoming_lfm2.trial.recordings import MANY_WRONG
from wyoming_lfm2.trial.resources import Memory, memory_concerns, speed_concerns
from wyoming_lfm2.trial.word_errors import counts_characters


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
