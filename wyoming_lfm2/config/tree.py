"""The settings tree as a flat list: every setting with its names and its text.

The command line, the environment, ``--print-config`` and the documentation's table
all come from here, so that none of them can know a setting that the others do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from wyoming_lfm2.config.sections.section import CanBeOff
from wyoming_lfm2.config.settings import Section, Settings

VARIABLE_PREFIX = "WYOMING_LFM2_"


@dataclass(frozen=True)
class Leaf:
    """One setting."""

    section: str
    key: str
    help: str
    """Its one line of documentation."""
    default: Any
    many: bool
    """It holds several values; in text they are separated by commas."""
    allowed: str
    """What may be put there, in words; empty where anything of its type may."""

    @property
    def path(self) -> str:
        """Its name in YAML and for ``--set``, for example ``service.uri``."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """Its environment variable, for example ``WYOMING_LFM2_SERVICE_URI``."""
        return f"{VARIABLE_PREFIX}{self.section}_{self.key}".upper()

    @property
    def default_text(self) -> str:
        """The default as YAML writes it; empty for none."""
        if self.default is None or self.default in ((), {}):
            return ""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        if isinstance(self.default, tuple):
            return ", ".join(self.default)
        return str(self.default)


def sections() -> dict[str, type[Section]]:
    """Return the sections by name, in the tree's order."""
    found = {}
    for name, field in Settings.model_fields.items():
        assert isinstance(field.annotation, type), name
        assert issubclass(field.annotation, Section), name
        found[name] = field.annotation
    return found


def leaves() -> Iterator[Leaf]:
    """Yield every setting, in the tree's order."""
    for section, model in sections().items():
        for key, field in model.model_fields.items():
            yield Leaf(
                section=section,
                key=key,
                help=field.description or "",
                default=field.default,
                many=_is_tuple(field.annotation),
                allowed=_allowed(field),
            )


def _is_tuple(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_tuple(get_args(annotation)[0])
    return get_origin(annotation) is tuple


def _allowed(field: FieldInfo) -> str:
    """Say in words what a field's type and bounds allow."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is Literal:
            return ", ".join(str(choice) for choice in get_args(kind))
    bounds = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
    within = ", ".join(
        f"{word} {getattr(rule, name)}"
        for rule in field.metadata
        for name, word in bounds
        if getattr(rule, name, None) is not None
    )
    return f"{within}, or off" if any(isinstance(rule, CanBeOff) for rule in field.metadata) else within
