"""Is a command heard while the house speaks? ``python -m bench.fair_admission [--model full-shape]``.

Listeners have long sentences read to them in real time, one after the other, and meanwhile commands of two seconds are
transcribed, with a pause between two of them. Printed is how long a command takes, and what the listeners had of it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.full_shape import full_shape_set
from bench.table import plain_table
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE, PlaybackClock
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.models.model_set import ModelSet

_SENTENCE = (
    "The light in the kitchen is on and the window in the bedroom is open, the living room has twenty one degrees, "
    "the washing machine will be ready in thirty five minutes, the front door has been locked since eleven "
    "o'clock, there is no milk in the fridge and the pizza's timer has five minutes left."
)
"""About three hundred characters."""

_COMMAND_S = 2
_FIRST_COMMAND_S = 4.0
"""After the listeners came."""
_BETWEEN_S = 2.0
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Times:
    """What a command had, and the listeners."""

    commands_s: Sequence[float]
    """From its audio to its whole transcript, each; the patience of a client where it took longer."""
    underruns: int
    """How often a listener who had begun to hear something had nothing more to play."""
    silence_s: float
    """How long all of that was, all listeners together."""
    first_sound_s: Sequence[float]
    """How long each listener waited for the first sound; those who still wait at the end are left out."""


async def _measure(engine: Engine, command: NDArray[np.float32], listeners: int, commands: int) -> Times:
    begun = time.monotonic()
    playbacks = [_Watched() for _ in range(listeners)]
    listening = [asyncio.create_task(_listen(engine, playback)) for playback in playbacks]
    times = []
    await asyncio.sleep(_FIRST_COMMAND_S if listeners else 0)
    for _ in range(commands):
        start = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_S), aclosing(engine.transcribe(command)) as fragments:
                async for _ in fragments:
                    pass
        except TimeoutError:
            pass
        times.append(time.monotonic() - start)
        await asyncio.sleep(_BETWEEN_S)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    first = [playback.first - begun for playback in playbacks if playback.first is not None]
    return Times(times, sum(p.underruns for p in playbacks), sum(p.silence_s for p in playbacks), first)


class _Watched(PlaybackClock):
    """Knows when it began, and how long it had nothing to play."""

    def __init__(self) -> None:
        super().__init__()
        self.first: float | None = None
        self.silence_s = 0.0

    def add(self, seconds: float) -> None:
        if self.first is None:
            self.first = time.monotonic()
        self.silence_s += max(0.0, -self.lead_s())
        super().add(seconds)


async def _listen(engine: Engine, playback: _Watched) -> None:
    voice = engine.info.voices[0]
    while True:
        try:
            async with aclosing(engine.speak(_SENTENCE, voice, playback)) as pieces:
                async for piece in pieces:
                    playback.add(len(piece) / SPEECH_RATE)
        except EngineError:
            await asyncio.sleep(1)
        # The next sentence is asked for when this one is nearly over.
        await asyncio.sleep(max(0.0, playback.lead_s() - 2))


async def _command(engine: Engine) -> NDArray[np.float32]:
    """Two seconds that the model says itself."""
    pieces = [
        piece
        async for piece in engine.speak("turn on the light in the kitchen please", engine.info.voices[0])
    ]
    sound = np.concatenate(pieces)
    places = np.arange(_COMMAND_S * SAMPLE_RATE) * (SPEECH_RATE / SAMPLE_RATE)
    command: NDArray[np.float32] = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
    return command


async def _run(model_set: ModelSet, settings: EngineSettings, counts: Sequence[int], commands: int) -> None:
    engine = await Engine.load(model_set, settings, 30.0)
    command = await _command(engine)
    rows = []
    beside_one = 0.0
    for listeners in counts:
        times = await _measure(engine, command, listeners, commands)
        median = statistics.median(times.commands_s)
        if listeners == 1:
            beside_one = median
        rows.append(
            [
                f"{listeners} listeners" if listeners else "alone",
                f"{median:.2f} s",
                f"{max(times.commands_s):.2f} s",
                f"{median / beside_one:.2f}" if beside_one else "",
                str(times.underruns),
                f"{times.silence_s:.1f} s",
                str(len(times.first_sound_s)) if listeners else "",
                f"{max(times.first_sound_s):.1f} s" if times.first_sound_s else "",
            ]
        )
    await engine.close()
    heads = ["a command of two seconds", "median", "worst", "to beside one", "underruns", "silence"]
    print(plain_table([*heads, "who hear something", "the last one's first sound"], rows))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.fair_admission", description=__doc__)
    parser.add_argument("--model", choices=("nano", "full-shape"), default="nano")
    parser.add_argument(
        "--cache", type=Path, help="folder for the model of full shape; default: the user's cache"
    )
    parser.add_argument("--listeners", type=int, nargs="+", default=[0, 1, 3, 4, 8])
    parser.add_argument("--commands", type=int, default=5, help="beside each number of listeners")
    parser.add_argument("--sequences", type=int, default=EngineSettings().sequences)
    wanted = parser.parse_args()
    prepare("passive")
    # Random weights never end by themselves: each transcript is cut, and the engine says so.
    logging.disable(logging.WARNING)
    nano = wanted.model == "nano"
    model_set = locate_model_set(ModelSettings()) if nano else full_shape_set(Quantization.Q4_0, wanted.cache)
    settings = EngineSettings(sequences=wanted.sequences)
    asyncio.run(_run(model_set, settings, wanted.listeners, wanted.commands))


if __name__ == "__main__":
    main()
