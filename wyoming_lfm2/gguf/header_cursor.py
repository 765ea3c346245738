"""Reading fields of a file header one after another, never further than it and its limit go."""

from __future__ import annotations

import struct
from typing import BinaryIO

MAX_HEADER_BYTES = 16 * 1024 * 1024
"""The official files have 2 to 5 MB of header, nearly all of it vocabulary."""

_READ_BYTES = 1024 * 1024


class DamageError(Exception):
    """What is wrong with a header; its reader adds the file's name."""


class HeaderTooLongError(DamageError):
    """The header goes on past the limit; nothing else is known to be wrong with it."""


class Cursor:
    """Little-endian fields from a file, read in pieces, never past its end or past the header limit."""

    def __init__(self, handle: BinaryIO, size: int, limit: int = MAX_HEADER_BYTES) -> None:
        self._handle = handle
        self._size = size
        self._limit = limit
        self._data = b""
        self.position = 0

    def _reserve(self, count: int) -> None:
        if count > self._size - self.position:
            raise DamageError("the file is cut short inside its header")
        if self.position + count > self._limit:
            raise HeaderTooLongError(f"its header is longer than {self._limit // 2**20} MiB")
        missing = self.position + count - len(self._data)
        if missing > 0:
            self._data += self._handle.read(max(missing, _READ_BYTES))
            if self.position + count > len(self._data):
                raise DamageError("the file is cut short inside its header")

    def field(self, fmt: str) -> int | float | bool:
        """One number in the notation of `struct`; this and the methods below raise DamageError at the end."""
        size = struct.calcsize("<" + fmt)
        self._reserve(size)
        (value,) = struct.unpack_from("<" + fmt, self._data, self.position)
        self.position += size
        return value  # type: ignore[no-any-return]

    def unsigned(self, fmt: str) -> int:
        """One whole number."""
        return int(self.field(fmt))

    def array(self, fmt: str, count: int) -> tuple[int, ...]:
        """``count`` numbers."""
        size = struct.calcsize("<" + fmt) * count
        self._reserve(size)
        values = struct.unpack_from(f"<{count}{fmt}", self._data, self.position)
        self.position += size
        return values

    def string(self) -> bytes:
        """A string with its length before it."""
        length = self.unsigned("Q")
        self._reserve(length)
        value = self._data[self.position : self.position + length]
        self.position += length
        return value

    def count(self, fmt: str, least_bytes: int, what: str) -> int:
        """A count of things of at least ``least_bytes`` each, refused when that many cannot follow."""
        value = self.unsigned(fmt)
        if value * least_bytes > min(self._size, self._limit) - self.position:
            raise DamageError(f"its header claims {value} {what}, more than fit in it")
        return value
