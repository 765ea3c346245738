"""Measures speech on the full-shape Q4_0 set: ``python -m bench.speech_run --threads 2``.

One process for each number of threads, since OpenMP and peak memory are a process's own.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bench.full_shape import full_shape_set
from bench.memory import peak_bytes
from bench.speech_times import first_sound, measure_parts, played
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.process_environment import prepare
from wyoming_lfm2.engine.resident_model import ResidentModel
from wyoming_lfm2.engine.scheduler import Scheduler
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.models.quantization import Quantization

_MANY = 4
_COMMAND_AFTER_S = 10


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.speech_run", description=__doc__)
    parser.add_argument("--cache", type=Path, help="folder for the models; default: the user's cache")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60, help="of sound that is played in real time")
    wanted = parser.parse_args()
    prepare("passive")
    model_set = full_shape_set(Quantization.Q4_0, wanted.cache)
    settings = EngineSettings(threads=wanted.threads)
    model = ResidentModel(model_set, settings, 30.0, wanted.cache)
    one, many = measure_parts(model, 1), measure_parts(model, _MANY)
    model.close()
    print(f"| Part, {wanted.threads} threads | one utterance | {_MANY} at once |\n| --- | --- | --- |")
    for name in one:
        print(f"| {name} | {one[name] * 1e3:.1f} ms | {many[name] * 1e3:.1f} ms |")
    asyncio.run(_play(model_set, settings, wanted))
    print(f"\nPeak memory {peak_bytes() / 1e9:.2f} GB")


async def _play(model_set: ModelSet, settings: EngineSettings, wanted: argparse.Namespace) -> None:
    scheduler = Scheduler(lambda: ResidentModel(model_set, settings, 30.0, wanted.cache), most_jobs=16)
    await asyncio.wrap_future(scheduler.loaded)
    print(f"\nFirst sound after {await first_sound(scheduler, wanted.rounds):.2f} s (12 words)")
    print(f"\nAlone: {await played(scheduler, wanted.seconds, 1)}")
    print(f"\nA command meanwhile: {await played(scheduler, wanted.seconds, 1, _COMMAND_AFTER_S)}")
    print(f"\n{_MANY} at once: {await played(scheduler, min(wanted.seconds, 5), _MANY)}")
    await asyncio.to_thread(scheduler.close, 60)


if __name__ == "__main__":
    main()
