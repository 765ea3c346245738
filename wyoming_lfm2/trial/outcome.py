"""What a trial says of one thing that the model was asked to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wyoming_lfm2.trial.word_errors import WordErrors


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
