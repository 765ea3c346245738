"""Puts clips across a room: ``python -m nano.speech.afar --clips DIR --out DIR --rooms FILE [--noise DIR]``.

Each clip of a folder of shards gets a room of ``nano.speech.rooms`` (make one with another ``--seed`` than training has),
a noise 8 to 20 dB below it, and a floor at -36 dB, which is what far recordings of real homes have. The same seed gives
the same clips.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nano import augment
from nano.people.spoil import reverberant
from nano.speech.shards import ShardWriter, read_shards

_FLOOR_DB = 36.0


def afar(
    samples: NDArray[np.int16],
    response: NDArray[np.float32],
    noise: NDArray[np.float32],
    random: np.random.Generator,
) -> NDArray[np.int16]:
    """`samples` in the room of `response`, with `noise` and a floor of noise below them, at half of full scale."""
    sound = reverberant(samples.astype(np.float32) / 32768, response)
    sound = augment.mixed(sound, noise, random.uniform(8, 20))
    sound = augment.mixed(sound, augment.coloured_noise(len(sound), random), _FLOOR_DB)
    return np.asarray(sound / (np.abs(sound).max() + 1e-9) * 16383, np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, required=True, help="folder of shards")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rooms", type=Path, required=True, help="file of nano.speech.rooms")
    parser.add_argument("--noise", type=Path, help="folder of shards with noises; coloured noise without")
    parser.add_argument("--seed", type=int, default=77)
    args = parser.parse_args()
    random = np.random.default_rng(args.seed)
    noises = [sound.astype(np.float32) / 32768 for _, sound in read_shards(args.noise)] if args.noise else []
    with np.load(args.rooms) as file:
        rooms = [file[name] for name in file.files]
    writer = ShardWriter(args.out, size=1000)
    for record, samples in read_shards(args.clips):
        noise = augment.coloured_noise(len(samples), random)
        if noises:
            chosen = noises[int(random.integers(len(noises)))]
            start = int(random.integers(0, max(1, len(chosen) - len(samples))))
            noise = chosen[start : start + len(samples)]
        kept = {key: value for key, value in record.items() if key not in ("offset", "samples")}
        writer.add(afar(samples, rooms[int(random.integers(len(rooms)))], noise, random), **kept)
    writer.flush()


if __name__ == "__main__":
    main()
