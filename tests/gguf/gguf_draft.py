"""A GGUF header taken apart, changed at will and written again, however wrong it has become."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.gguf.header import Value, ValueType, block_sizes
from wyoming_lfm2.gguf.header_reader import read_header

_FORMATS = {
    ValueType.UINT8: "B",
    ValueType.INT8: "b",
    ValueType.UINT16: "H",
    ValueType.INT16: "h",
    ValueType.UINT32: "I",
    ValueType.INT32: "i",
    ValueType.FLOAT32: "f",
    ValueType.BOOL: "?",
    ValueType.UINT64: "Q",
    ValueType.INT64: "q",
    ValueType.FLOAT64: "d",
}


@dataclass
class DraftTensor:
    """A tensor to be announced; its data are zeros."""

    name: str
    shape: tuple[int, ...]
    type: int

    @property
    def size(self) -> int:
        per_block, block_bytes = block_sizes().get(self.type, (1, 4))
        return math.prod(self.shape) // per_block * block_bytes


@dataclass
class Draft:
    """Everything in a header, free to change."""

    metadata: dict[str, Value]
    tensors: list[DraftTensor]
    alignment: int = 32
    tensor_count: int | None = None
    """Claimed number of tensors, if it is not to be the true one."""

    @classmethod
    def of(cls, path: Path) -> Draft:
        header = read_header(path)
        tensors = [DraftTensor(one.name, one.shape, one.type) for one in header.tensors.values()]
        return cls(dict(header.metadata), tensors)

    def tensor(self, name: str) -> DraftTensor:
        return next(tensor for tensor in self.tensors if tensor.name == name)

    def drop(self, name: str) -> None:
        self.tensors.remove(self.tensor(name))

    def scalar(self, key: str, kind: ValueType, value: float | bool | str) -> None:
        self.metadata[key] = Value(kind, value, None)

    def number(self, key: str, value: int) -> None:
        self.scalar(key, ValueType.UINT32, value)

    def array(self, key: str, kind: ValueType, *items: int) -> None:
        self.metadata[key] = Value(kind, None, items)

    def header(self) -> bytes:
        count = len(self.tensors) if self.tensor_count is None else self.tensor_count
        out = bytearray(b"GGUF" + struct.pack("<IQQ", 3, count, len(self.metadata)))
        for key, value in self.metadata.items():
            out += _string(key.encode("utf-8", "surrogateescape")) + _value(value)
        offset = 0
        for tensor in self.tensors:
            out += _string(tensor.name.encode()) + struct.pack("<I", len(tensor.shape))
            out += struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape)
            out += struct.pack("<IQ", tensor.type, offset % 2**64)
            offset += _padded(tensor.size, self.alignment)
        return bytes(out)

    def write(self, path: Path) -> Path:
        """Header and as many zeros as the tensors need, up to 1 GiB; the zeros take no room on disk."""
        header = self.header()
        data = sum(_padded(tensor.size, self.alignment) for tensor in self.tensors)
        with path.open("wb") as handle:
            handle.write(header)
            handle.truncate(_padded(len(header), self.alignment) + min(data, 2**30))
        return path


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _string(raw: bytes) -> bytes:
    return struct.pack("<Q", len(raw)) + raw


def _item(kind: ValueType, value: object) -> bytes:
    if kind is ValueType.STRING:
        return _string(value if isinstance(value, bytes) else str(value).encode())
    return struct.pack("<" + _FORMATS[kind], value)


def _value(value: Value) -> bytes:
    if value.items is None:
        return struct.pack("<I", value.type) + _item(value.type, value.scalar)
    items = b"".join(_item(value.type, item) for item in value.items)
    return struct.pack("<IIQ", ValueType.ARRAY, value.type, len(value.items)) + items
