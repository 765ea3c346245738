"""Makes the sets without speech, whose right transcript is empty: ``python -m nano.speech.nonspeech --out nano/work``.

``nonspeech/`` (96 clips of 1 to 10 s, split "test") is for evaluation, ``quiet/`` (600 shorter clips, split
"train", other seeds) for training. Everything is synthesised from a seed: nothing to license.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from nano.paths import WORK
from nano.speech.shards import ShardWriter
from nano.speech.sounds import SOUNDS, make_sound


def write_set(folder: Path, count: int, longest_s: float, seed: int, split: str) -> None:
    """`count` clips, the kinds in turn, as one shard; does nothing if it is there."""
    writer = ShardWriter(folder, size=count)
    if writer.finished:
        return
    kinds = list(SOUNDS)
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        kind = kinds[number % len(kinds)]
        samples = make_sound(kind, rng.uniform(1.0, longest_s), rng.uniform(-45, -3), rng)
        writer.add(samples, text="", voice=kind, engine="nonspeech", split=split)
    writer.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WORK)
    args = parser.parse_args()
    write_set(args.out / "nonspeech", 96, 10.0, seed=101, split="test")
    write_set(args.out / "quiet", 600, 4.0, seed=202, split="train")


if __name__ == "__main__":
    main()
