"""``python -m bench``: makes the models, measures, prints Markdown tables."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from bench.configuration import default_configurations
from bench.conversation_run import run_conversation
from bench.engine_run import run_engine
from bench.full_shape import full_shape_set
from bench.port_run import run_port
from bench.speech_run import run_speech
from bench.speech_table import speech_tables
from bench.table import markdown
from wyoming_lfm2.gguf.quantization import Quantization

PORT = "Wyoming port"
SPEECH = "speech"
CONVERSATION = "conversation"


def main() -> None:
    """Measure every configuration, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cache", type=Path, help="folder for the models; default: the user's cache")
    parser.add_argument("--rounds", type=int, default=5, help="each figure is the median of so many")
    parser.add_argument(
        "--only",
        metavar="TEXT",
        default="",
        help=f"configurations whose title has TEXT; {PORT!r}, {SPEECH!r} and {CONVERSATION!r} are titles, too",
    )
    parser.add_argument(
        "--seconds", type=float, default=60, help="of speech that is played in real time (60)"
    )
    wanted = parser.parse_args()
    print(f"{_processor()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(
        f"Load before: {os.getloadavg()[0]:.1f}; the figures mean little unless it is near 0.\n", flush=True
    )
    results = {}
    for configuration in default_configurations():
        if wanted.only not in configuration.title:
            continue
        print(f"{configuration.title} ...", file=sys.stderr, flush=True)
        full_shape_set(configuration.quantization, wanted.cache)
        results[configuration] = run_engine(configuration, wanted.cache, wanted.rounds)
    if results:
        print(markdown(results))
    if wanted.only in PORT:
        print(f"{PORT} ...", file=sys.stderr, flush=True)
        full_shape_set(Quantization.Q4_0, wanted.cache)
        print(f"\n{run_port(wanted.cache, wanted.rounds)}", flush=True)
    if wanted.only in SPEECH:
        print(f"{SPEECH} ...", file=sys.stderr, flush=True)
        full_shape_set(Quantization.Q4_0, wanted.cache)
        spoken = {n: run_speech(n, wanted.cache, wanted.rounds, wanted.seconds) for n in (2, 1)}
        print(f"\n{speech_tables(spoken)}", flush=True)
    if wanted.only in CONVERSATION:
        print(f"{CONVERSATION} ...", file=sys.stderr, flush=True)
        full_shape_set(Quantization.Q4_0, wanted.cache)
        print(f"\n{run_conversation(wanted.cache, wanted.rounds)}", flush=True)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
