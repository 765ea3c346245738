"""One synthesis of a sentence, shared by all requests that want this sentence while it runs.

Each of them hears it from its beginning, and it is given up when the last of them has left.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from wyoming_lfm2.engine.api import PlaybackClock
from wyoming_lfm2.replay import Replay

Make = Callable[[PlaybackClock], AsyncGenerator[bytes, None]]
"""Synthesizes the sentence: yields 16 bit PCM, for a listener whose playback is the one given."""


class NeediestPlayback(PlaybackClock):
    """The playback of several listeners, for the scheduler: as urgent as that of the one with the least sound left."""

    def __init__(self) -> None:
        super().__init__()
        # Replaced, never changed: the engine reads it from its own thread.
        self._listeners: tuple[PlaybackClock, ...] = ()

    def join(self, listener: PlaybackClock) -> None:
        """A listener more."""
        self._listeners = (*self._listeners, listener)

    def leave(self, listener: PlaybackClock) -> None:
        """A listener less."""
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
    """The playback of a listener who may come, but has not: nothing about it is urgent."""

    def lead_s(self) -> float:
        """See ``PlaybackClock.lead_s``; there is no hurry."""
        return math.inf

    @property
    def awaited(self) -> bool:
        """See ``PlaybackClock.awaited``."""
        return False


class SharedSynthesis:
    """A task that synthesizes one sentence, and the sound that it has made so far.

    It runs from the moment this is made, until it is complete, has failed, or nobody listens any more.
    """

    def __init__(self, make: Make, on_end: Callable[[SharedSynthesis], None]) -> None:
        """Begin.

        :param on_end: called once, when nobody may join any more: it has ended, or its last listener has left.
        """
        self._on_end: Callable[[SharedSynthesis], None] | None = on_end
        self._chunks: Replay[bytes] = Replay()
        self._playback = NeediestPlayback()
        self._listeners = 0
        self._heard = False
        self._task = asyncio.create_task(self._run(make), name="wyoming-lfm2 speaking")
        self._task.add_done_callback(self._done)

    @property
    def complete(self) -> bool:
        """Whether the whole sentence has been synthesized."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is None

    @property
    def heard(self) -> bool:
        """Whether anybody waits for the sound, or has waited; not so if it is only made ahead."""
        return self._heard

    @property
    def sound(self) -> bytes:
        """What has been made by now, 16 bit PCM."""
        return b"".join(self._chunks.items)

    def listen(self, playback: PlaybackClock) -> SynthesisListener:
        """Add a listener, who hears it from its beginning and is to be closed."""
        self._listeners += 1
        self._heard = self._heard or playback.awaited
        self._playback.join(playback)
        return SynthesisListener(self, playback)

    async def leave(self, playback: PlaybackClock) -> None:
        """Remove a listener. With the last one the work stops, within one audio frame; this waits until it has."""
        self._listeners -= 1
        self._playback.leave(playback)
        if not self._listeners:
            self._end()
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait([self._task])

    async def made(self) -> bool:
        """Wait until nothing more is made; whether it is complete, rather than failed or cancelled."""
        await asyncio.wait([self._task])
        return self.complete

    def chunks(self) -> AsyncIterator[bytes]:
        """The sound from the beginning, as it is made.

        :raises EngineError: what the engine raised.
        """
        return aiter(self._chunks)

    async def _run(self, make: Make) -> None:
        async with aclosing(make(self._playback)) as sound:
            async for chunk in sound:
                self._chunks.append(chunk)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._end()
        self._chunks.end_with(task)

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self)


class SynthesisListener:
    """One request that hears a :class:`SharedSynthesis`; whoever gets one calls :meth:`close`."""

    def __init__(self, synthesis: SharedSynthesis, playback: PlaybackClock) -> None:
        self._synthesis = synthesis
        self._playback = playback
        self._closed = False

    def chunks(self) -> AsyncIterator[bytes]:
        """See :meth:`SharedSynthesis.chunks`."""
        return self._synthesis.chunks()

    async def made(self) -> bool:
        """See :meth:`SharedSynthesis.made`."""
        return await self._synthesis.made()

    async def close(self) -> None:
        """Listen no longer. Can be repeated."""
        if not self._closed:
            self._closed = True
            await self._synthesis.leave(self._playback)
