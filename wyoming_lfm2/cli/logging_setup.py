"""One line for each thing that happened, on standard error, for a person."""

from __future__ import annotations

import logging
import os
import sys

_TALKATIVE = ("httpx2", "httpcore2", "huggingface_hub", "filelock", "zeroconf", "asyncio", "fsspec")
"""Libraries whose information is not ours to pass on, unless everything is asked for."""


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
