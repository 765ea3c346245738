"""What the commands have in common: how they fail, what they log, and work that Ctrl-C need not wait for."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

FAILED = 1
"""Exit status: the thing was tried and did not work."""

USAGE = 2
"""Exit status: what was typed or configured makes no sense."""

_TALKATIVE = ("httpx2", "httpcore2", "huggingface_hub", "filelock", "zeroconf", "asyncio", "fsspec")
"""Libraries whose information is not ours to pass on, unless everything is asked for."""


class CommandError(Exception):
    """Ends the command with one sentence on standard error and an exit status."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        self.status = status
        super().__init__(message)


def set_up_logging(level: str) -> None:
    """Log from ``level`` on; without the time where journald adds it.

    Standard error is the place even for ``stdio://``, whose standard output belongs to the client.

    :param level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    under_journald = "JOURNAL_STREAM" in os.environ
    time = "" if under_journald else "%(asctime)s "
    where = " [%(name)s]" if level == "debug" else ""
    logging.basicConfig(
        level=level.upper(),
        format=f"{time}%(levelname)s{where} %(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
        force=True,
    )
    if level != "debug":
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)


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
