"""What the engine warns of while it works: that is how it says that it has cut something."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

ENGINE_LOGGER = "wyoming_lfm2.engine"


class _Collector(logging.Handler):
    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        self._texts.append(record.getMessage())


@contextmanager
def engine_warnings() -> Iterator[list[str]]:
    """Give a list into which the engine's warnings go while the block runs.

    They do not go to the log as well, where they would stand among the lines of the trial, unless it is at ``debug``.
    """
    logger = logging.getLogger(ENGINE_LOGGER)
    texts: list[str] = []
    collector = _Collector(texts)
    level, propagate = logger.level, logger.propagate
    verbose = logger.isEnabledFor(logging.DEBUG)
    logger.addHandler(collector)
    logger.propagate = verbose
    if not verbose:
        logger.setLevel(logging.WARNING)
    try:
        yield texts
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
        logger.propagate = propagate
