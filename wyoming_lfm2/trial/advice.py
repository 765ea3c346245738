"""What to do about each thing that a trial finds wrong, worded for one model on one machine."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = "Q4_0"
"""The quantisation that takes the least memory and, on a processor, the least time."""


@dataclass(frozen=True)
class Advice:
    """The remedies; each is one sentence or two, and what is typed can be typed as it stands."""

    check_files: str
    """What to type, or to do, to see whether this set's files are whole."""
    quantization: str
    """Of the backbone, in capitals; empty if its name does not say."""
    quantizations: tuple[str, ...]
    """In which the set is published."""
    threads: int
    """That the model has."""
    cores: int
    """Physical cores that it may use."""
    processors: int
    """Logical processors that it may use."""
    load: float | None
    """Load average of the minute before the trial; None where the system does not tell."""

    @property
    def wrong_numbers(self) -> str:
        """The model runs, but what it makes cannot be right."""
        finer = next((other for other in ("Q8_0", "F16") if other in self._others), None)
        another = f" try --quantization {finer}, and" if finer else ""
        return (
            f"See whether the files are whole ({self.check_files}). If they are,{another} open an issue with the "
            "report (--report FILE): the fault may be this program's."
        )

    @property
    def out_of_domain(self) -> str:
        """A small model was given what it never learnt."""
        return "Nothing to do: this model knows what is said to a home and nothing else."

    @property
    def astray(self) -> str:
        """One sentence in several went on without an end."""
        return (
            "Now and then a draw of sounds goes astray, and the engine cuts it. Try a voice with another seed or a "
            "lower temperature (speaking.voices in the settings)."
        )

    @property
    def listen(self) -> str:
        """Some words are wrong, which may be the voice or the hearing."""
        return (
            "Listen to it (speak --voice NAME --output FILE TEXT): who is wrong, the speaker or the listener?"
        )

    @property
    def slow(self) -> str:
        """Work takes longer than the sound lasts."""
        parts = []
        if self.threads < self.cores:
            parts.append(f"set engine.threads to {self.cores} (it is {self.threads})")
        if self.threads > self.cores:
            parts.append(f"set engine.threads to {self.cores}: {self.threads} are more than there are cores")
        if self.load is not None and self.load >= 1 and self.load + self.threads > self.processors:
            parts.append(f"stop what else runs here (the load was {self.load:.1f} before the trial)")
        if SMALLEST in self._others:
            parts.append(f"take --quantization {SMALLEST}")
        if not parts:
            parts.append("take a faster machine, or a smaller model such as nano")
        text = "; ".join(parts)
        return f"{text[0].upper()}{text[1:]}."

    @property
    def short_memory(self) -> str:
        """Hardly any memory is left."""
        smaller = f"--quantization {SMALLEST}, or " if SMALLEST in self._others else ""
        return (
            f"Take {smaller}a smaller engine.context, or stop something else; otherwise the system may end the "
            "program, or keep it waiting for the disk."
        )

    @property
    def _others(self) -> tuple[str, ...]:
        return tuple(other for other in self.quantizations if other != self.quantization)
