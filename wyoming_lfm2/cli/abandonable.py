"""Long work beside the event loop that nothing waits for once nobody wants its result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def abandonable(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread and return its result, or raise what it raises.

    Cancelled, this returns at once; the thread goes on, and ends with the process at the latest. That is what
    ``asyncio.to_thread`` does not do: Python's end waits for its threads.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            done.set_exception(error)
        else:
            done.set_result(result)

    done.set_running_or_notify_cancel()
    threading.Thread(target=run, name="lfm2-abandonable", daemon=True).start()
    return await asyncio.wrap_future(done)
