"""Speaks the training sentences with a mix of synthesisers.

``python -m nano.speech.bulk --mix hibari=35,flite=27,festival=3,espeak=35 --count 14000 --out nano/work/bulk
--workers 2`` writes shards in which all voices are mixed. An interrupted run goes on where it was. Engines:
see ``sources``.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import random
import subprocess
import time
from pathlib import Path

from nano.paths import WORK
from nano.speech.clip import make_clip
from nano.speech.even import evenly
from nano.speech.shards import ShardWriter
from nano.speech.sources import open_engine, sentences

log = logging.getLogger(__name__)


def synthesise(args: argparse.Namespace, worker: int) -> None:
    """Write every `workers`-th shard, beginning with number `worker`, until the count or the hour is reached."""
    mix = {name: float(share) for name, share in (part.split("=") for part in args.mix.split(","))}
    engines = {name: open_engine(name) for name in mix}
    writer = ShardWriter(args.out, args.shard, first=worker, step=args.workers)
    lines = sentences(args.sentences, args.split, args.seed)
    if args.even:
        lines = evenly(lines, args.count, random.Random(args.seed), lists=0)
    lines = lines[worker :: args.workers]
    done = writer.finished * args.shard
    rng = random.Random(args.seed * 1000 + worker * 100_000 + done)
    started = time.monotonic()
    wanted = args.count // args.workers
    while done < wanted and time.monotonic() - started < args.minutes * 60:
        line = lines[done % len(lines)]
        name = rng.choices(list(mix), list(mix.values()))[0]
        try:
            spoken = engines[name].say(line["spoken"], rng)
            samples = make_clip(spoken.samples, spoken.rate, rng, spoken.warp)
        except (ValueError, subprocess.CalledProcessError) as error:
            log.warning("%s could not say %r: %s", name, line["text"], error)
        else:
            record = {"text": line["text"], "voice": spoken.voice, "engine": engines[name].name}
            if "said" in line:  # what is none of a home's business is said, and nothing is to be written
                record["said"] = line["said"]
            writer.add(samples, **record, split=line["split"])
        done += 1
    writer.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mix", required=True, help="engine=share,...")
    parser.add_argument("--count", type=int, required=True, help="clips in all")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sentences", type=Path, default=WORK / "sentences.jsonl")
    parser.add_argument("--split", default="train", choices=("train", "dev", "test"))
    parser.add_argument("--even", action="store_true", help="rare words as often as common ones, see even.py")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", type=int, default=500, help="clips a shard")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after this time")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=synthesise, args=(args, worker)) for worker in range(args.workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


if __name__ == "__main__":
    main()
