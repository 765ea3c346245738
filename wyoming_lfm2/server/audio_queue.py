"""Audio between the socket, which is fast, and the ear, which works through it."""

from __future__ import annotations

import asyncio
from collections import deque

from wyoming_lfm2.audio.pcm import PcmFormat

CAPACITY = 10 * 1024 * 1024
"""Bytes that may wait: five minutes of what Home Assistant sends, so that a whole recording may come
at once and `describe` behind it is still answered. With more, TCP makes the client wait."""

_BATCH = 64 * 1024
"""Bytes handed on at once: small chunks that have piled up travel together."""


class AudioQueue:
    """A bounded queue of raw audio; neighbours of the same format are joined."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._parts: deque[tuple[PcmFormat, bytearray]] = deque()
        self._size = 0
        self._closed = False
        self._changed = asyncio.Condition()

    async def put(self, fmt: PcmFormat, pcm: bytes) -> None:
        """Add audio; waits while the queue is full, and drops the audio if it is closed."""
        if not pcm:
            return
        async with self._changed:
            await self._changed.wait_for(lambda: self._size < self._capacity or self._closed)
            if self._closed:
                return
            if self._parts and self._parts[-1][0] == fmt and len(self._parts[-1][1]) < _BATCH:
                self._parts[-1][1].extend(pcm)
            else:
                self._parts.append((fmt, bytearray(pcm)))
            self._size += len(pcm)
            self._changed.notify_all()

    async def get(self) -> tuple[PcmFormat, bytes] | None:
        """Take the oldest audio; ``None`` when the queue is closed and empty."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._parts) or self._closed)
            if not self._parts:
                return None
            fmt, pcm = self._parts.popleft()
            self._size -= len(pcm)
            self._changed.notify_all()
            return fmt, bytes(pcm)

    async def close(self) -> None:
        """No more audio comes; what is there can still be taken."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def discard(self) -> None:
        """Nobody listens any more: drop what is there and whatever still comes."""
        async with self._changed:
            self._closed = True
            self._parts.clear()
            self._size = 0
            self._changed.notify_all()
