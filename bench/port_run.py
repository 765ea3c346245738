"""Measures what the Wyoming port adds to the engine: both in one process, in turns.

A microphone is played to the port in real time, 10 ms an event, as Home Assistant
does it; the clock starts at ``audio-stop``. In turns with that, the engine is asked
directly for the very samples that the port had asked it for. The port also serves an
engine that answers at once, which shows what it takes itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.full_shape import full_shape_set
from bench.microphone import spoken, transcript_after_silence, transcript_after_stop
from bench.table import plain_table
from wyoming_lfm2.config.settings import (
    EndpointingSettings,
    EngineSettings,
    HearingSettings,
    LogSettings,
    ServiceSettings,
)
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.asr import AsrService
from wyoming_lfm2.server.backends import EngineRecognizer
from wyoming_lfm2.server.server import Server

_CLIENTS = 4
_FRAGMENTS = 12
"""Tokens of a command."""
_FEWEST = 0.01
"""Tokens a second: so few that each transcript has the least number that the engine allows."""


class _Overheard:
    """A ``Transcriber`` that remembers what the engine was asked for last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.samples: NDArray[np.float32] = np.zeros(0, np.float32)

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        self.samples = samples
        async with aclosing(self._engine.transcribe(samples)) as fragments:
            async for fragment in fragments:
                yield fragment


class _Instant(_Overheard):
    """Knows every transcript at once: what is left is what the port itself takes."""

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        self.samples = samples
        for _ in range(_FRAGMENTS):
            yield " word"


def run_port(cache: Path | None, rounds: int) -> str:
    """The table of all measurements of the port, made in a new process."""
    command = [sys.executable, "-m", "bench.port_run", json.dumps([str(cache) if cache else None, rounds])]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


async def _measure(cache: Path | None, rounds: int) -> None:
    settings = EngineSettings(tokens_per_second=_FEWEST)
    engine = await Engine.load(full_shape_set(Quantization.Q4_0, cache), settings, 30.0, cache)
    overheard = _Overheard(engine)
    rows = []
    async with _served(overheard, EndpointingSettings()) as port:
        rows += [
            await _port_against_engine(port, overheard, engine, seconds, rounds) for seconds in (1, 3, 10)
        ]
        rows.append(await _four_clients(port, rounds))
    async with _served(_Instant(engine), EndpointingSettings()) as port:
        rows += [await _port_alone(port, seconds, 2 * rounds) for seconds in (1, 3, 10)]
    async with _served(overheard, EndpointingSettings(enabled=True)) as port:
        rows.append(await _with_endpointing(port, rounds))
    await engine.close()
    print(plain_table(["latency to the transcript, Q4_0", "port", "engine alone", "port over engine"], rows))


@asynccontextmanager
async def _served(transcriber: _Overheard, endpointing: EndpointingSettings) -> AsyncIterator[int]:
    server = Server(ServiceSettings(uri="tcp://127.0.0.1:0"))
    server.bind()
    recognizer = EngineRecognizer(transcriber, HearingSettings(), endpointing)
    await server.start([AsrService("lfm2", recognizer, LogSettings())])
    try:
        assert isinstance(server.uri, TcpUri)
        yield server.uri.port
    finally:
        await server.stop()


async def _port_against_engine(
    port: int, overheard: _Overheard, engine: Engine, seconds: int, rounds: int
) -> list[str]:
    by_port, by_engine = [], []
    for turn in range(rounds + 1):
        waited = await transcript_after_stop(port, spoken(seconds))
        start = time.perf_counter()
        async for _ in engine.transcribe(overheard.samples):
            pass
        if turn:  # the first does not count
            by_port.append(waited)
            by_engine.append(time.perf_counter() - start)
    through, alone = statistics.median(by_port), statistics.median(by_engine)
    pairs = statistics.median(a / b for a, b in zip(by_port, by_engine, strict=True))
    return [f"{seconds} s of speech", _ms(through), _ms(alone), f"{100 * (pairs - 1):+.1f} %"]


async def _port_alone(port: int, seconds: int, rounds: int) -> list[str]:
    """What the port takes by itself, which a few rounds show, as the small difference of two long times does not."""
    waits = [await transcript_after_stop(port, spoken(seconds)) for _ in range(rounds + 1)][1:]
    return [
        f"{seconds} s of speech, for an engine that answers at once",
        _ms(statistics.median(waits)),
        "",
        "",
    ]


async def _four_clients(port: int, rounds: int) -> list[str]:
    means = []
    for _ in range(rounds):
        waits = await asyncio.gather(*(transcript_after_stop(port, spoken(3)) for _ in range(_CLIENTS)))
        means.append(statistics.mean(waits))
    return [f"3 s of speech, {_CLIENTS} clients at once, mean", _ms(statistics.median(means)), "", ""]


async def _with_endpointing(port: int, rounds: int) -> list[str]:
    silence_s = EndpointingSettings().silence_s
    waits = [await transcript_after_silence(port, spoken(3), silence_s) for _ in range(rounds)]
    return ["3 s of speech, from the server's own end of speech", _ms(statistics.median(waits)), "", ""]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.{0 if seconds >= 0.1 else 1}f} ms"


if __name__ == "__main__":
    prepare("passive")
    # Random weights never end by themselves: each transcript is cut, and the engine says so.
    logging.disable(logging.WARNING)
    folder, count = json.loads(sys.argv[1])
    asyncio.run(_measure(Path(folder) if folder else None, count))
