"""How much the port remembers of a client that thinks of ever new dialogues: ``python -m bench.many_dialogues``.

The port, with an engine that answers at once, in this process; the client in another one. Printed is the port's memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

from wyoming.asr import Transcript
from wyoming.client import AsyncTcpClient

from wyoming_lfm2.config.settings import ConversationSettings, LogSettings, ServiceSettings
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server

_CLIENTS = 4
_ID = "id-{}-" + "x" * 64


class _Instant:
    """A ``Converser`` that says the same to everybody."""

    info = EngineInfo("instant", "Answers at once", "1", ("en",), longest_piece_s=30.0)

    async def answer(self, *_told: str | None) -> AsyncGenerator[str, None]:
        yield "Okay."


def _resident_mib(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


async def _serve(count: int) -> None:
    server = Server(ServiceSettings(uri="tcp://127.0.0.1:0"))
    server.bind()
    await server.start([ConversationService("lfm2", _Instant(), ConversationSettings(), LogSettings())])  # type: ignore[arg-type]
    assert isinstance(server.uri, TcpUri)
    what = json.dumps([server.uri.port, os.getpid(), count])
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.many_dialogues", "--client", what
    )
    failed = await client.wait()
    await server.stop()
    if failed:
        raise SystemExit(failed)


async def _ask(port: int, server: int, count: int) -> None:
    numbers, began = iter(range(1, count + 1)), time.perf_counter()

    async def one(numbers: Iterator[int]) -> None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            for number in numbers:
                context = {"conversation_id": _ID.format(number)}
                await client.write_event(Transcript(text="Turn on the light.", context=context).event())
                while (event := await client.read_event()) is None or event.type != "handled-stop":
                    if event is None or event.type in ("error", "not-handled"):
                        raise RuntimeError(f"dialogue {number} got {event or 'no answer'}")
                if number in (1000, 10_000) or number % 100_000 == 0 or number == count:
                    took = time.perf_counter() - began
                    print(f"{number} dialogues, {took:.0f} s: {_resident_mib(server):.1f} MiB", flush=True)

    await asyncio.gather(*(one(numbers) for _ in range(_CLIENTS)))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    args = parser.parse_args()
    asyncio.run(_ask(*json.loads(args.client)) if args.client else _serve(args.count))


if __name__ == "__main__":
    main()
