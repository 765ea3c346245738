"""What is wrong with a model file, in one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path


class ModelFileError(Exception):
    """A model file is missing, cut short, of the wrong kind or does not fit its set."""

    def __init__(self, path: Path | None, problem: str, remedy: str) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        where = f"{path}: " if path is not None else ""
        super().__init__(f"{where}{problem}. {remedy}")
