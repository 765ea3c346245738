"""A stream that remembers all of its items, so that any number of readers can follow it from its beginning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Replay(Generic[T]):
    """Filled by one writer; each ``async for`` over it gives the items so far, then the rest as it comes.

    Readers know nothing of each other: one that is slow, comes late or is cancelled neither holds up
    nor changes what the others get. The writer never waits. To be used from one event loop.
    """

    def __init__(self) -> None:
        self._items: list[T] = []
        self._ended = False
        self._error: BaseException | None = None
        # Set once and then replaced: an event that is cleared instead could be cleared before a reader
        # that it should wake has run.
        self._news = asyncio.Event()

    @property
    def items(self) -> tuple[T, ...]:
        """What there is by now."""
        return tuple(self._items)

    @property
    def ended(self) -> bool:
        """Nothing more will come: it was closed, or has failed."""
        return self._ended

    def append(self, item: T) -> None:
        """Add the next item.

        :raises RuntimeError: the stream has ended.
        """
        if self._ended:
            raise RuntimeError("nothing can be appended to a stream that has ended")
        self._items.append(item)
        self._wake()

    def close(self) -> None:
        """End it: readers get the rest of the items and stop. Ignored if it has ended before."""
        self._end(None)

    def fail(self, error: BaseException) -> None:
        """End it: every reader, also a later one, gets the items and then ``error``. Ignored once it has ended."""
        self._end(error)

    def end_with(self, task: asyncio.Task[Any]) -> None:
        """End it the way its writer's task did; made for ``task.add_done_callback``.

        A task that was cancelled closes the stream, without the rest: readers were not cancelled.
        """
        error = None if task.cancelled() else task.exception()
        self._end(error)

    async def __aiter__(self) -> AsyncIterator[T]:
        given = 0
        while True:
            while given < len(self._items):
                given += 1
                yield self._items[given - 1]
            # Nothing is awaited between these looks and wait(): no item can come in between.
            if not self._ended:
                await self._news.wait()
            elif self._error is not None:
                raise self._error
            else:
                return

    def _end(self, error: BaseException | None) -> None:
        if not self._ended:
            self._ended, self._error = True, error
            self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
