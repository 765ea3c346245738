"""The real server as a process: started, stopped, killed, paused and started again at the same port."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

GUARD_S = 180.0
"""Whatever a test waits for comes in this time, also on a machine that is busy with other things."""


class Server:
    """``wyoming-lfm2 serve`` at a port of its own."""

    def __init__(self, program: Path, folder: Path, options: Sequence[str], host: str = "127.0.0.1") -> None:
        """Take a port for it.

        :param program: the command ``wyoming-lfm2``.
        :param folder: the log goes there.
        :param options: of ``serve``.
        :param host: the address to bind.
        """
        self._program = program
        self._options = options
        self._host = host
        self.port = free_port()
        self.host = "127.0.0.1"
        self._log = folder / f"server-{self.port}.log"
        self._process: asyncio.subprocess.Process | None = None
        self.started_in_s = 0.0

    @property
    def uri(self) -> str:
        """Where Home Assistant reaches it."""
        return f"tcp://{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    def log(self) -> str:
        """All that it has logged, over all its lives."""
        return self._log.read_text() if self._log.exists() else ""

    async def start(self) -> None:
        """Start it, and return when it listens."""
        assert not self.running
        begun = time.monotonic()
        already = self.log().count("Listening on")
        bind = f"tcp://{self._host}:{self.port}"
        command = [
            str(self._program),
            "serve",
            "--uri",
            bind,
            "--set",
            "log.transcripts=true",
            *self._options,
        ]
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        await until(lambda: not self.running or self.log().count("Listening on") > already)
        assert self.running, f"the server ended: {self.log()[-2000:]}"
        self.started_in_s = time.monotonic() - begun

    def _send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def pause(self) -> None:
        """From now on it does nothing, as on a machine that swaps; the kernel still takes connections."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        self._send(signal.SIGCONT)

    async def kill(self) -> None:
        """End it without another word."""
        self._send(signal.SIGKILL)
        await self._ended()

    async def stop(self) -> int:
        """End it in order; its exit status."""
        if self._process is None:
            return 0
        self.resume()
        self._send(signal.SIGTERM)
        return await self._ended()

    async def _ended(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(GUARD_S):
            status = await self._process.wait()
        self._process = None
        return status


async def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds.

    :raises TimeoutError: it does not come to that.
    """
    async with asyncio.timeout(GUARD_S):
        while not condition():  # noqa: ASYNC110 - nobody would set an event: it is about other processes
            await asyncio.sleep(0.05)


def free_port() -> int:
    """A TCP port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
