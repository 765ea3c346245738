"""Measures the engine in one configuration, in a process of its own.

OpenMP reads its settings once a process, and peak memory is a process's own. The
parent starts ``python -m bench.engine_run`` with a configuration as JSON, and gets
the results as JSON, by name, in seconds or bytes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import time
from pathlib import Path

from bench.configuration import Configuration
from bench.full_shape import full_shape_set
from bench.latency import measure_latency
from bench.memory import peak_bytes
from bench.neighbour import busy_neighbour
from bench.step_times import measure_steps
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.gguf.quantization import Quantization

PEAK_MEMORY = "peak memory"
LOAD = "load, files in the page cache"


def run_engine(configuration: Configuration, cache: Path | None, rounds: int) -> dict[str, float]:
    """All measurements of the engine in ``configuration``, made in a new process."""
    wanted = {
        "quantization": configuration.quantization.value,
        "threads": configuration.threads,
        "wait_policy": configuration.wait_policy,
        "cache": str(cache) if cache else None,
        "rounds": rounds,
    }
    command = [sys.executable, "-m", "bench.engine_run", json.dumps(wanted)]
    with busy_neighbour(configuration.busy):
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    measured: dict[str, float] = json.loads(result.stdout)
    return measured


async def _measure(settings: EngineSettings, files: Path | None, quantization: str, rounds: int) -> None:
    model_set = full_shape_set(Quantization(quantization), files)
    for file in (model_set.backbone, model_set.mmproj):
        _read_through(file)
    start = time.perf_counter()
    scheduler = Scheduler(lambda: ModelRunner(model_set, settings, 30.0, files), most_requests=16)
    await asyncio.wrap_future(scheduler.loaded)
    results = {LOAD: time.perf_counter() - start}
    results |= await measure_steps(scheduler, rounds)
    results |= await measure_latency(scheduler, rounds)
    results[PEAK_MEMORY] = peak_bytes()
    await asyncio.to_thread(scheduler.close, 60)
    print(json.dumps(results))


def _read_through(file: Path) -> None:
    """Bring ``file`` into the page cache, so that the disk is not measured."""
    with file.open("rb", buffering=0) as handle:
        while handle.read(2**20):
            pass


def _main() -> None:
    wanted = json.loads(sys.argv[1])
    # Every transcript is cut here on purpose; saying so each time would be part of the measurement.
    logging.disable(logging.WARNING)
    prepare(wanted["wait_policy"])
    settings = EngineSettings(threads=wanted["threads"], wait_policy=wanted["wait_policy"])
    cache = Path(wanted["cache"]) if wanted["cache"] else None
    asyncio.run(_measure(settings, cache, wanted["quantization"], wanted["rounds"]))


if __name__ == "__main__":
    _main()
