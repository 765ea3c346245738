"""Every number among the settings with its bounds, as pydantic publishes them in its JSON schema."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wyoming_lfm2.config.settings import Settings

_SCHEMA = Settings.model_json_schema()


@dataclass(frozen=True)
class Number:
    """A number that can be set."""

    path: str
    """Of the setting that holds it, ``section.key``."""
    inner: str
    """Its key inside a voice of one's own; empty for a setting of its own."""
    schema: dict[str, Any]

    def text(self, value: float) -> str:
        """What a person writes for this value."""
        return f"{{butler: {{{self.inner}: {value!r}}}}}" if self.inner else repr(value)

    def ends(self) -> tuple[list[float], list[float]]:
        """The least and the greatest value that are allowed; and the nearest that are not."""
        within: list[float] = []
        beyond: list[float] = []
        for bound, exclusive, outwards in (
            ("minimum", "exclusiveMinimum", -1),
            ("maximum", "exclusiveMaximum", 1),
        ):
            assert (bound in self.schema) != (exclusive in self.schema), f"{self.path} has no {bound}"
            if bound in self.schema:
                within.append(self.schema[bound])
                beyond.append(self._next(self.schema[bound], outwards))
            else:
                within.append(self._next(self.schema[exclusive], -outwards))
                beyond.append(self.schema[exclusive])
        return within, beyond

    def _next(self, value: float, direction: int) -> float:
        if self.schema["type"] == "integer":
            return value + direction
        return math.nextafter(value, direction * math.inf)

    def __str__(self) -> str:
        return f"{self.path} {self.inner}".strip()


def numbers() -> Iterator[Number]:
    """All of them, in the tree's order."""
    for section, reference in _SCHEMA["properties"].items():
        for key, field in _fields(reference):
            path = f"{section}.{key}"
            if (kind := _number(field)) is not None:
                yield Number(path, "", kind)
            elif "$ref" in (entry := field.get("additionalProperties") or {}):
                yield from (
                    Number(path, inner, kind)
                    for inner, inner_field in _fields(entry)
                    if (kind := _number(inner_field)) is not None
                )


def others() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every setting that is no number, with its schema."""
    for section, reference in _SCHEMA["properties"].items():
        for key, field in _fields(reference):
            if _number(field) is None:
                yield f"{section}.{key}", field


def _fields(reference: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = reference["$ref"].removeprefix("#/$defs/")
    yield from _SCHEMA["$defs"][name]["properties"].items()


def _number(field: dict[str, Any]) -> dict[str, Any] | None:
    """The part of a field's schema that is a number; None if none is."""
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") in ("integer", "number")]
    assert len(kinds) <= 1, field
    return kinds[0] if kinds else None
