"""Repeating a measurement often enough, but not for ever."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable

LONGEST_S = 4.0
"""Seconds after which no further round of one measurement starts: a stalled machine takes long enough."""


async def median_of_rounds(rounds: int, measure: Callable[[], Awaitable[float]]) -> float:
    """The median of ``rounds`` results of ``measure``, after one that does not count."""
    deadline = time.monotonic() + LONGEST_S
    results = [await measure()]
    while len(results) <= rounds and time.monotonic() < deadline:
        results.append(await measure())
    return statistics.median(results[1:] or results)
