"""What is wrong with a model file, in one sentence that says what to do: refused, or let pass with a warning.

A check refuses what would make llama.cpp end the process, what llama.cpp would not load, and what would make wrong
words or sound. Whatever else is unexpected is a warning. `docs/model-checks.md` lists both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

WAY_PAST = "If you know better, set model.checks to warn and it is only a warning; llama.cpp may then end the process."


class ModelFileError(Exception):
    """A model file is missing, cut short, of the wrong kind or does not fit its set."""

    def __init__(self, path: Path | None, problem: str, remedy: str) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        where = f"{path}: " if path is not None else ""
        super().__init__(f"{where}{problem}. {remedy}")


@dataclass(frozen=True)
class FileWarning:
    """Something unexpected in a file, which is used all the same."""

    path: Path
    problem: str
    remedy: str = ""
    """What to do if the model does not do what it should; empty if nothing."""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}. {self.remedy}".rstrip()


@dataclass
class Findings:
    """Collects the warnings of one check."""

    lenient: bool = False
    """The setting ``model.checks`` is ``warn``: refuse only what cannot be read or put together."""
    warnings: list[FileWarning] = field(default_factory=list)

    def warn(self, path: Path, problem: str, remedy: str = "") -> None:
        """Let something unexpected pass with a word."""
        warning = FileWarning(path, problem, remedy)
        if warning not in self.warnings:
            self.warnings.append(warning)

    def refuse_if_strict(self, path: Path, problem: str, remedy: str) -> None:
        """Refuse what should not reach llama.cpp; a warning if lenient.

        :raises ModelFileError: the checks are strict; the remedy names the way past them.
        """
        if not self.lenient:
            raise ModelFileError(path, problem, f"{remedy} {WAY_PAST}")
        self.warn(path, problem, remedy)
