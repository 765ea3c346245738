"""What every section of the settings has in common, and the types of values that several of them hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the tree: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _expanded(path: Path) -> Path:
    """The path with a home folder in the place of ``~``."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("nobody's home is known for the ~; write the whole path") from error


Place = Annotated[Path, AfterValidator(_expanded)]
"""Of a file or folder."""
