"""The header of a GGUF file: what it holds, and typed access to its keys.

llama.cpp ends the process when a key of the encoder file has another type than it expects, so types are
checked as strictly as it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from wyoming_lfm2.gguf.errors import Findings, ModelFileError

DOWNLOAD_AGAIN = "Download the file again, or convert it again if you made it yourself."


class ValueType(IntEnum):
    """Type tags of GGUF metadata values."""

    UINT8 = 0
    INT8 = 1
    UINT16 = 2
    INT16 = 3
    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9
    UINT64 = 10
    INT64 = 11
    FLOAT64 = 12


_INTEGERS = (
    ValueType.UINT8,
    ValueType.INT8,
    ValueType.UINT16,
    ValueType.INT16,
    ValueType.UINT32,
    ValueType.INT32,
    ValueType.UINT64,
    ValueType.INT64,
)

Scalar = int | float | bool | str


@dataclass(frozen=True)
class Value:
    """One metadata value; strings in an array stay bytes, as llama.cpp sees them."""

    type: ValueType
    """Of the scalar, or of each element of the array."""
    scalar: Scalar | None
    """None for an array."""
    items: tuple[int, ...] | tuple[float, ...] | tuple[bool, ...] | tuple[bytes, ...] | None
    """None for a scalar."""

    @property
    def is_array(self) -> bool:
        """Whether it is a list of values."""
        return self.items is not None


@dataclass(frozen=True)
class TensorInfo:
    """One tensor: ``shape`` in llama.cpp's order (fastest first), ``offset`` from the start of the file."""

    name: str
    shape: tuple[int, ...]
    type: int
    """Number of the GGML type."""
    offset: int
    size: int
    """Bytes; 0 when the type is unknown."""


@dataclass(frozen=True)
class Header:
    """All that a GGUF file says before its data."""

    path: Path
    version: int
    metadata: dict[str, Value]
    tensors: dict[str, TensorInfo]
    file_size: int
    findings: Findings = field(default_factory=Findings, compare=False)
    """Where the checks of this file write what they let pass."""


@lru_cache(maxsize=1)
def block_sizes() -> dict[int, tuple[int, int]]:
    """GGML type number to (elements, bytes) of one block."""
    from gguf.constants import GGML_QUANT_SIZES

    return {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()}


def type_name(kind: int) -> str:
    """Name of a GGML type, for messages."""
    from gguf.constants import GGMLQuantizationType

    try:
        return GGMLQuantizationType(kind).name
    except ValueError:
        return f"type {kind}"


def refuse(header: Header, problem: str, remedy: str = DOWNLOAD_AGAIN) -> NoReturn:
    """Raises the ModelFileError for a file that cannot be read, or not as what it is given as."""
    raise ModelFileError(header.path, problem, remedy)


def refuse_if_strict(header: Header, problem: str, remedy: str = DOWNLOAD_AGAIN) -> None:
    """Refuses what llama.cpp would not survive, not load or not do right. Only a warning if the user says so."""
    header.findings.refuse_if_strict(header.path, problem, remedy)


def warn(header: Header, problem: str, remedy: str = "") -> None:
    """Lets something unexpected pass with a word."""
    header.findings.warn(header.path, problem, remedy)


def scalar(header: Header, key: str, kind: ValueType) -> int | float | bool | str | None:
    """The value of ``key``, None when it is absent; refused when it is no scalar of ``kind``.

    A number of another type than ``kind`` is let pass where the checks are not strict.
    """
    value = header.metadata.get(key)
    if value is None:
        return None
    problem = f"its key {key} is not a {kind.name.lower()} number".replace("string number", "string")
    if (
        value.is_array
        or value.scalar is None
        or (value.type is ValueType.STRING) != (kind is ValueType.STRING)
    ):
        refuse(header, problem)
    if value.type is not kind:
        refuse_if_strict(header, problem)
    return value.scalar


def text(header: Header, key: str) -> str | None:
    """A string; None when it is absent."""
    value = scalar(header, key, ValueType.STRING)
    return None if value is None else str(value)


def flag(header: Header, key: str) -> bool:
    """A truth value; absent means False."""
    return bool(scalar(header, key, ValueType.BOOL))


def size(header: Header, key: str, least: int, most: int, *, of_any_type: bool = False) -> int:
    """A number that must be there and lie within the bounds, a uint32 unless ``of_any_type``."""
    stored = header.metadata.get(key)
    whole = stored is not None and stored.type in _INTEGERS
    value = scalar(header, key, stored.type if stored and whole and of_any_type else ValueType.UINT32)
    if value is None:
        refuse(header, f"its key {key} is missing")
    if not least <= int(value) <= most:
        refuse(header, f"its key {key} is {value}, not {least} to {most}")
    return int(value)


def positive(header: Header, key: str, default: float | None = None) -> float:
    """A float32 above zero; required when there is no default."""
    value = scalar(header, key, ValueType.FLOAT32)
    if value is None:
        if default is None:
            refuse(header, f"its key {key} is missing")
        return default
    if not math.isfinite(float(value)) or float(value) <= 0:
        refuse_if_strict(header, f"its key {key} is {value}, not a positive number")
    return float(value)


def per_layer(header: Header, key: str, n_layer: int, most: int) -> tuple[int, ...]:
    """One non-negative int for each layer; a single number stands for all of them."""
    value = header.metadata.get(key)
    if value is None:
        refuse(header, f"its key {key} is missing")
    if value.type not in _INTEGERS:
        refuse(header, f"its key {key} does not hold integers")
    if value.type not in (ValueType.UINT32, ValueType.INT32):
        refuse_if_strict(header, f"its key {key} does not hold 32-bit integers")
    numbers = (value.scalar,) * n_layer if value.items is None else value.items
    if len(numbers) != n_layer:
        refuse(header, f"its key {key} has {len(numbers)} values for {n_layer} layers")
    result = tuple(int(number) for number in numbers if number is not None)
    if any(not 0 <= number <= most for number in result):
        refuse(header, f"its key {key} has a value outside 0 to {most}")
    return result


def absent_or_zero(header: Header, key: str, meaning: str) -> None:
    """Refuses, if strict, a file that turns on a feature which this program does not run."""
    value = header.metadata.get(key)
    if value is None:
        return
    if value.is_array or value.type not in (*_INTEGERS, ValueType.BOOL) or value.scalar:
        refuse_if_strict(
            header, f"it uses {meaning} ({key}), which LFM2-Audio does not", "Use an LFM2-Audio model."
        )
