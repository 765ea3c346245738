"""What every section of the settings has in common, and the types of values that several of them hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer


class Section(BaseModel):
    """A part of the tree: unknown keys are errors, values never change after loading, and no number is infinite.

    Where "never" makes sense the field is :data:`OrOff`; every other number has a least and a greatest value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


def _expanded(path: Path) -> Path:
    """The path with a home folder in the place of ``~``."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("nobody's home is known for the ~; write the whole path") from error


Place = Annotated[Path, AfterValidator(_expanded)]
"""Of a file or folder."""


OFF = "off"
"""What a person writes for "never". YAML reads it as false where it is not in quotes."""


class CanBeOff:
    """Marks a field that :data:`OFF` may be written in; its value is None then."""


def _off(value: Any) -> Any:
    """None for what a person wrote for "never"."""
    if value is False or (isinstance(value, str) and value.strip().lower() == OFF):
        return None
    return value


def _written(value: Any) -> Any:
    """The value as it may be written again."""
    return OFF if value is None else value


_Value = TypeVar("_Value")
OrOff = Annotated[
    _Value | None, CanBeOff(), BeforeValidator(_off), PlainSerializer(_written, when_used="json")
]
"""A number, or None for "never", which is written as ``off``."""


def mapping_of(value: Any) -> Any:
    """The command line and the environment write a mapping as YAML does, on one line."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ValueError("it is not YAML, such as {name: {seed: 7}}") from error
