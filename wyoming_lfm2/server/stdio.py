"""One client on standard input and output, as a program that starts us would be."""

from __future__ import annotations

import asyncio
import os
import stat
import sys

from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.framing import MAX_HEADER


def take_over() -> tuple[int, int]:
    """Reserve the two pipes for the protocol: (input, output) descriptors.

    From now on whatever else writes to standard output, a library in C for
    instance, lands in standard error and cannot break the stream of events.

    :raises ServiceError: they are not pipes, sockets or a terminal.
    """
    for number, name in ((0, "Standard input"), (1, "Standard output")):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            raise ServiceError(f"{name} is closed. stdio:// needs a pipe at both ends") from None
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(number)):
            raise ServiceError(f"{name} is not a pipe. Put cat in between: cat FILE | ... | cat")
    sys.stdout.flush()
    receiving, sending = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    return receiving, sending


async def open_stdio(receiving: int, sending: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Streams over the descriptors of :func:`take_over`."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_HEADER)
    protocol = asyncio.StreamReaderProtocol(reader)
    await loop.connect_read_pipe(lambda: protocol, os.fdopen(receiving, "rb", buffering=0))
    transport, flow = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(sending, "wb", buffering=0)
    )
    return reader, asyncio.StreamWriter(transport, flow, None, loop)
