"""A model whose step never ends: a thread that is really blocked, as one inside llama.cpp would be."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator

import numpy as np
from numpy.typing import NDArray

from tests.server.stand_ins import StandInTranscriber


class SteppingTranscriber(StandInTranscriber):
    """Works in steps in a thread of its own, which cannot be interrupted; a request ends between two steps.

    It is a ``Heartbeat``. :attr:`may_step` not set: the step in progress hangs; :attr:`may_begin` not set: none begins.
    """

    def __init__(self) -> None:
        super().__init__()
        self.may_step = threading.Event()
        self.may_step.set()
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self._began: float | None = None

    def stalled_s(self) -> float:
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        self.at_work.set()
        await self.may_begin.wait()
        loop = asyncio.get_running_loop()
        for word in self.words:
            done = asyncio.Event()
            threading.Thread(target=self._step, args=(loop, done), daemon=True).start()
            try:
                await done.wait()
            finally:
                while not done.is_set():  # the step is not to be interrupted, whoever cancels
                    try:
                        await done.wait()
                    except asyncio.CancelledError:
                        continue
            yield word
        self.completed += 1

    def _step(self, loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
        self._began = time.monotonic()
        self.may_step.wait()
        self._began = None
        loop.call_soon_threadsafe(done.set)
