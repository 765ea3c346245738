"""Measures speech on the full-shape Q4_0 set, in a process of its own for each number of threads.

The parent starts ``python -m bench.speech_run`` with what is wanted as JSON, and gets the
results as JSON; OpenMP reads its settings once a process, and peak memory is a process's own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.full_shape import full_shape_set
from bench.memory import peak_bytes
from bench.speech_parts import measure_parts
from bench.speech_times import Played, first_sound, played
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet

MANY = 4
"""Utterances at once, where it is not one."""
_MANY_S = 5.0
"""Seconds of sound that each of them has at most."""
_COMMAND_AFTER_S = 10.0
_PART_ROUNDS = 6
"""Of each part of a frame, for one of the others: they are short."""


@dataclass(frozen=True)
class SpeechResults:
    """All figures for one number of threads."""

    parts: dict[int, dict[str, float]]
    """By the number of utterances at once: seconds of each part of a frame."""
    first_sound_s: float
    """From asking to the first sound of a sentence of twelve words, its voice's prompt kept."""
    alone: Played
    with_command: Played
    """With a command said to the same model meanwhile."""
    many: Played
    peak_bytes: int


def run_speech(threads: int, cache: Path | None, rounds: int, seconds: float) -> SpeechResults:
    """All measurements of speech with ``threads``, made in a new process.

    :param seconds: of sound that is played in real time.
    """
    wanted = json.dumps([threads, str(cache) if cache else None, rounds, seconds])
    command = [sys.executable, "-m", "bench.speech_run", wanted]
    made = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    # JSON knows keys of text only.
    made["parts"] = {int(count): times for count, times in made["parts"].items()}
    for name in ("alone", "with_command", "many"):
        made[name] = Played(**made[name])
    return SpeechResults(**made)


async def measure_speech(
    model_set: ModelSet, settings: EngineSettings, cache: Path | None, rounds: int, seconds: float
) -> SpeechResults:
    """Load ``model_set`` once and measure."""
    parts: dict[int, dict[str, float]] = {}

    def open_model() -> ModelRunner:
        model = ModelRunner(model_set, settings, 30.0, cache)
        # Here, because the model belongs to the thread that makes it.
        parts.update({count: measure_parts(model, count, _PART_ROUNDS * rounds) for count in (1, MANY)})
        return model

    scheduler = Scheduler(open_model, most_requests=16)
    await asyncio.wrap_future(scheduler.loaded)
    first = await first_sound(scheduler, rounds)
    alone = await played(scheduler, seconds, 1)
    # Near the beginning of what is played, however little that is.
    with_command = await played(scheduler, seconds, 1, min(_COMMAND_AFTER_S, seconds / 6))
    many = await played(scheduler, min(seconds, _MANY_S), MANY)
    await asyncio.to_thread(scheduler.close, 60)
    return SpeechResults(parts, first, alone, with_command, many, peak_bytes())


def _main() -> None:
    threads, folder, rounds, seconds = json.loads(sys.argv[1])
    # As in the other processes: what is said about random weights would be part of the measurement.
    logging.disable(logging.WARNING)
    prepare("passive")
    cache = Path(folder) if folder else None
    model_set = full_shape_set(Quantization.Q4_0, cache)
    settings = EngineSettings(threads=threads)
    print(json.dumps(asdict(asyncio.run(measure_speech(model_set, settings, cache, rounds, seconds)))))


if __name__ == "__main__":
    _main()
