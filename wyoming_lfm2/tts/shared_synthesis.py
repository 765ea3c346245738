"""One sentence being spoken by the model, once, for all who want to hear it at the time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from wyoming_lfm2.engine.api import PlaybackClock

Make = Callable[[PlaybackClock], AsyncGenerator[bytes, None]]


class NeediestPlayback(PlaybackClock):
    """Stands for several listeners: as urgent as the one of them who has the least sound left."""

    def __init__(self) -> None:
        super().__init__()
        # Replaced, never changed: the engine reads it from its own thread.
        self._listeners: tuple[PlaybackClock, ...] = ()

    def join(self, listener: PlaybackClock) -> None:
        """One more listens."""
        self._listeners = (*self._listeners, listener)

    def leave(self, listener: PlaybackClock) -> None:
        """One less."""
        self._listeners = tuple(other for other in self._listeners if other is not listener)

    def lead_s(self) -> float:
        """See ``PlaybackClock.lead_s``; without a listener there is no hurry."""
        return min((listener.lead_s() for listener in self._listeners), default=math.inf)

    @property
    def begun(self) -> bool:
        """See ``PlaybackClock.begun``."""
        return any(listener.begun for listener in self._listeners)

    @property
    def awaited(self) -> bool:
        """See ``PlaybackClock.awaited``."""
        return any(listener.awaited for listener in self._listeners)


class NobodysPlayback(PlaybackClock):
    """Of somebody who may come."""

    def lead_s(self) -> float:
        """See ``PlaybackClock.lead_s``; there is no hurry."""
        return math.inf

    @property
    def awaited(self) -> bool:
        """See ``PlaybackClock.awaited``."""
        return False


class SharedSynthesis:
    """Runs from the moment it is made, until it is complete, has failed, or nobody listens any more."""

    def __init__(self, make: Make, on_end: Callable[[SharedSynthesis], None]) -> None:
        """Begin.

        :param make: yields the sound, 16 bit PCM.
        :param on_end: called once when no one else may join: it ended, or its last listener left.
        """
        self._on_end: Callable[[SharedSynthesis], None] | None = on_end
        self._chunks: list[bytes] = []
        self._playback = NeediestPlayback()
        self._listeners = 0
        self._heard = False
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run(make), name="wyoming-lfm2 speaking")
        self._task.add_done_callback(self._done)

    @property
    def complete(self) -> bool:
        """All of it is there."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is None

    @property
    def heard(self) -> bool:
        """Whether anybody waits for it, or has."""
        return self._heard

    @property
    def sound(self) -> bytes:
        """What there is by now."""
        return b"".join(self._chunks)

    def listen(self, playback: PlaybackClock) -> SynthesisListener:
        """One more who hears it, from its beginning."""
        self._listeners += 1
        self._heard = self._heard or playback.awaited
        self._playback.join(playback)
        return SynthesisListener(self, playback)

    async def leave(self, playback: PlaybackClock) -> None:
        """One less; with the last one the work stops, within one frame, and this waits for it."""
        self._listeners -= 1
        self._playback.leave(playback)
        if not self._listeners:
            self._end()
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait([self._task])

    async def made(self) -> bool:
        """Return when nothing more is made: whether it is complete, rather than failed or cancelled."""
        await asyncio.wait([self._task])
        return self.complete

    async def chunks(self) -> AsyncIterator[bytes]:
        """The sound from the beginning, as it is made.

        :raises EngineError: what the engine raised.
        """
        given = 0
        while True:
            news = self._news
            while given < len(self._chunks):
                given += 1
                yield self._chunks[given - 1]
            if self._task.done():
                self._task.result()
                return
            if news is self._news:
                await news.wait()

    async def _run(self, make: Make) -> None:
        async with aclosing(make(self._playback)) as sound:
            async for chunk in sound:
                self._chunks.append(chunk)
                self._tell()

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even if everybody has left
        self._end()
        self._tell()

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class SynthesisListener:
    """One who hears a :class:`SharedSynthesis`; whoever makes one calls :meth:`close`."""

    def __init__(self, production: SharedSynthesis, playback: PlaybackClock) -> None:
        self._production = production
        self._playback = playback
        self._closed = False

    def chunks(self) -> AsyncIterator[bytes]:
        """See :meth:`SharedSynthesis.chunks`."""
        return self._production.chunks()

    async def made(self) -> bool:
        """See :meth:`SharedSynthesis.made`."""
        return await self._production.made()

    async def close(self) -> None:
        """Listen no longer. Can be repeated."""
        if not self._closed:
            self._closed = True
            await self._production.leave(self._playback)
