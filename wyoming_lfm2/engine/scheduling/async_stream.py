"""From the worker thread to the event loop: a request's outputs as an async generator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.scheduling.request import RequestSpec
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler


async def stream_outputs(
    scheduler: Scheduler[Any], spec: RequestSpec, best_effort: Callable[[], bool] | None = None
) -> AsyncGenerator[Any, None]:
    """Submit ``spec`` and yield its outputs as they come; closing the generator cancels it.

    :param best_effort: see :meth:`Scheduler.submit`.
    :raises EngineError: it was refused or failed.
    """
    inbox = _Inbox(asyncio.get_running_loop())
    request = scheduler.submit(spec, inbox, best_effort)
    try:
        while (value := await inbox.get()) is not None:
            yield value
    finally:
        scheduler.cancel(request)


class _Inbox:
    """The sink of one request, on the event loop that asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # Unbounded here, bounded by the request: a transcript and a sentence have a largest length.
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    async def get(self) -> Any:
        """The next output; ``None`` at the end."""
        item = await self._queue.get()
        if isinstance(item, EngineError):
            raise item
        return item

    def output(self, value: Any) -> None:
        self._put(value)

    def finished(self, error: EngineError | None) -> None:
        self._put(error)

    def _put(self, item: Any) -> None:
        # A closed loop has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)
