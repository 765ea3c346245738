"""Audio between whoever sends it, who may be fast, and the detector, which works through it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.engine.errors import EngineError


class AudioBacklogError(EngineError):
    """More audio waits to be heard than all requests together may have waiting."""

    code = "audio-backlog"


class AudioBudget:
    """Bytes of audio that may wait in all the queues that share this."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0

    @property
    def used(self) -> int:
        """Bytes that wait."""
        return self._used

    def reserve(self, size: int) -> None:
        """Take ``size`` bytes of it.

        :raises AudioBacklogError: they are not left.
        """
        if self._used + size > self._limit:
            raise AudioBacklogError(
                f"{self._limit >> 20} MiB of audio wait to be heard already. Try again in a few seconds"
            )
        self._used += size

    def release(self, size: int) -> None:
        """Give ``size`` bytes back."""
        self._used -= size


class AudioQueue:
    """A bounded queue of raw audio, for one task that puts and one that gets; order and formats are kept."""

    def __init__(self, capacity: int, budget: AudioBudget | None = None) -> None:
        """Begin empty.

        :param capacity: bytes from which :meth:`put` waits.
        :param budget: shared with other queues; default: none.
        """
        self._capacity = capacity
        self._budget = budget or AudioBudget(1 << 62)
        self._runs: deque[tuple[PcmFormat, bytearray]] = deque()  # neighbours differ in their format
        self._size = 0
        self._closed = False
        self._changed = asyncio.Event()  # replaced each time, so that nobody misses one

    async def put(self, pcm: bytes, fmt: PcmFormat) -> None:
        """Add audio; waits while the queue is full, and drops the audio if it is closed.

        :raises AudioBacklogError: the budget does not allow it; nothing was added.
        """
        if self._closed:
            return
        self._budget.reserve(len(pcm))
        added = 0
        try:
            while added < len(pcm):
                await self._until(lambda: self._closed or self._room() > 0)
                if not (room := self._room()):
                    return
                part = pcm[added : added + room]
                if not self._runs or self._runs[-1][0] != fmt:
                    self._runs.append((fmt, bytearray()))
                self._runs[-1][1].extend(part)
                self._size += len(part)
                added += len(part)
                self._tell()
        finally:
            self._budget.release(len(pcm) - added)

    async def get(self, least_s: float, most_s: float) -> tuple[bytes, PcmFormat] | None:
        """Take the oldest audio; ``None`` when the queue is closed and empty.

        :param least_s: seconds to wait for, unless the format changes before or the queue is closed.
        :param most_s: seconds to take at once.
        """
        await self._until(lambda: self._closed or self._holds(least_s))
        if not self._runs:
            return None
        fmt, run = self._runs[0]
        pcm = bytes(run[: max(1, int(most_s * fmt.bytes_per_second))])
        del run[: len(pcm)]
        if not run:
            self._runs.popleft()
        self._size -= len(pcm)
        self._budget.release(len(pcm))
        self._tell()
        return pcm, fmt

    def close(self) -> None:
        """No more audio comes; what is there can still be taken."""
        self._closed = True
        self._tell()

    def discard(self) -> None:
        """Nobody listens any more: drop what is there and whatever still comes."""
        self._runs.clear()
        self._budget.release(self._size)
        self._size = 0
        self.close()

    def _room(self) -> int:
        """Bytes that may be added now."""
        return 0 if self._closed else self._capacity - self._size

    def _holds(self, seconds: float) -> bool:
        if not self._runs:
            return False
        fmt, run = self._runs[0]
        return (
            len(self._runs) > 1
            or self._size >= self._capacity
            or len(run) >= int(seconds * fmt.bytes_per_second)
        )

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
