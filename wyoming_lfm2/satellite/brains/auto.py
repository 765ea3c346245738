"""Home Assistant while it is connected, and another brain when it has not been for a while."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from wyoming_lfm2.satellite.brains.brain import (
    AudioStart,
    Availability,
    Brain,
    BrainError,
    BrainEvent,
    RunRequest,
    Unasked,
)


class AutoBrain:
    """Two in one; a :class:`~.brain.Brain`.

    :param first: answers whenever it can.
    :param second: answers otherwise, after ``away_s`` seconds.
    """

    def __init__(self, first: Brain, second: Brain, away_s: float) -> None:
        self._first = first
        self._second = second
        self._away_s = away_s
        self._away = False
        """The first has been unavailable for long enough."""
        self._waiting: asyncio.Task[None] | None = None
        self._unasked: asyncio.Queue[Unasked] = asyncio.Queue()
        self._reading: list[asyncio.Task[None]] = []
        self._of_sounds: deque[Brain] = deque()

    @property
    def name(self) -> str:
        """Of the one that would answer now."""
        return self._second.name if self._away and not self._first.available else self._first.name

    @property
    def available(self) -> bool:
        """Whether one of them would answer now."""
        return self._first.available or (self._away and self._second.available)

    async def start(self) -> None:
        """See :class:`~.brain.Brain`."""
        await self._first.start()
        await self._second.start()
        self._reading = [
            asyncio.create_task(self._read(self._first), name="wyoming-lfm2 first brain"),
            asyncio.create_task(self._read(self._second), name="wyoming-lfm2 second brain"),
        ]
        self._wait()

    async def close(self) -> None:
        """End both."""
        tasks = [*self._reading, *([self._waiting] if self._waiting is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._first.close()
        await self._second.close()

    async def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """See :class:`~.brain.Brain`."""
        brain = self._first if self._first.available or not self._away else self._second
        async with aclosing(brain.run(request, audio)) as events:
            async for event in events:
                if isinstance(event, AudioStart):
                    self._of_sounds.append(brain)
                yield event

    async def speak(self, text: str) -> AsyncGenerator[BrainEvent, None]:
        """Say a text, by whichever of them can.

        :raises BrainError: none of them.
        """
        for brain in (self._second, self._first):
            if (speak := getattr(brain, "speak", None)) is not None:
                async with aclosing(speak(text)) as events:
                    async for event in events:
                        if isinstance(event, AudioStart):
                            self._of_sounds.append(brain)
                        yield event
                return
        raise BrainError(f"{self.name} does not speak texts on request")

    async def unasked(self) -> AsyncIterator[Unasked]:
        """See :class:`~.brain.Brain`."""
        while True:
            yield await self._unasked.get()

    def played(self) -> None:
        """See :class:`~.brain.Brain`."""
        if self._of_sounds:
            self._of_sounds.popleft().played()

    async def _read(self, brain: Brain) -> None:
        async for event in brain.unasked():
            if isinstance(event, Availability):
                self._availability_changed(brain)
                continue
            if isinstance(event, AudioStart):
                self._of_sounds.append(brain)
            self._unasked.put_nowait(event)

    def _availability_changed(self, brain: Brain) -> None:
        if brain is self._first:
            self._away = False
            if self._first.available:
                if self._waiting is not None:
                    self._waiting.cancel()
            else:
                self._wait()
        # Both words: whoever took over is told by its name.
        self._unasked.put_nowait(Availability(False))
        if self.available:
            self._unasked.put_nowait(Availability(True))

    def _wait(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.create_task(self._give_up_waiting(), name="wyoming-lfm2 away")

    async def _give_up_waiting(self) -> None:
        await asyncio.sleep(self._away_s)
        if not self._first.available:
            self._away = True
            if self._second.available:
                self._unasked.put_nowait(Availability(True))
