"""Speaks sentences in the voices that nano is to have: ``python -m nano.speech.voices --voice us-female --count 6000``.

Clean clips at 24 kHz, always the same manner, silence of the same length around them: the less there is to
guess, the less speech a small model needs to learn from. Shards as in ``shards``, but at `RATE`; an interrupted
run goes on where it was. With ``--even`` every word is said about as often as any other, see ``even``, in
shards beside the others. With ``--split test`` the same voices say sentences that training never has, which is
the bound for what nano says.
"""

from __future__ import annotations

import argparse
import logging
import random
from importlib import import_module
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from nano.paths import WORK
from nano.speech.engines.utterance import Utterance
from nano.speech.even import evenly
from nano.speech.shards import ShardWriter
from nano.speech.sources import ENGINES, Engine, sentences

log = logging.getLogger(__name__)

RATE = 24000
VOICES = {"us-female": "hibari", "us-male": "piper"}
"""The synthesiser that each voice of nano learns from."""
SHARES = {"responses.jsonl": 0.5, "sentences.jsonl": 0.3, "replies.jsonl": 0.2}
"""Sentence files and how much of the speech is theirs."""
_LEAD_S, _TAIL_S = 0.06, 0.14
_LEVEL_DBFS = -21.0
_FRAME = RATE // 200


def even_clip(spoken: Utterance) -> NDArray[np.int16]:
    """The utterance at 24 kHz, int16, with `_LEAD_S` and `_TAIL_S` of silence around it, at one level.

    Raises ValueError when there is nothing to hear or less than 0.2 s of it.
    """
    if len(spoken.samples) < spoken.rate // 5 or not np.abs(spoken.samples).max() > 1e-3:
        raise ValueError("the synthesiser made no sound")
    sound = soxr.resample(np.asarray(spoken.samples, np.float32), spoken.rate, RATE)
    frames = np.abs(sound[: len(sound) // _FRAME * _FRAME]).reshape(-1, _FRAME).max(axis=1)
    loud = np.flatnonzero(frames > frames.max() / 200)
    middle = sound[loud[0] * _FRAME : (loud[-1] + 1) * _FRAME]
    level = 10 ** (_LEVEL_DBFS / 20) / np.sqrt(np.mean(middle**2))
    level = min(level, 0.95 / np.abs(middle).max())
    lead, tail = int(_LEAD_S * RATE), int(_TAIL_S * RATE)
    start, end = loud[0] * _FRAME - lead, (loud[-1] + 1) * _FRAME + tail
    padded = np.pad(sound, (max(0, -start), max(0, end - len(sound))))
    clip = padded[max(0, start) :][: end - start] * level
    clip[:lead] *= np.linspace(0, 1, lead)
    clip[-tail:] *= np.linspace(1, 0, tail)
    return np.asarray(np.clip(clip, -1, 1) * 32767, dtype=np.int16)


def drawn(folder: Path, split: str, count: int, seed: int) -> list[dict[str, str]]:
    """Up to `count` different sentences of a split, in the order of `seed`, from the files of `SHARES`."""
    chosen: dict[str, dict[str, str]] = {}
    for name, share in SHARES.items():
        wanted = len(chosen) + round(count * share)
        for line in sentences(folder / name, split, seed):
            if len(chosen) >= wanted:
                break
            chosen.setdefault(line["spoken"].lower(), line)
    lines = list(chosen.values())
    random.Random(seed).shuffle(lines)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", choices=VOICES, required=True)
    parser.add_argument("--count", type=int, required=True, help="clips")
    parser.add_argument("--split", default="train", choices=("train", "dev", "test"))
    parser.add_argument("--even", action="store_true", help="rare words as often as common ones")
    parser.add_argument("--only", type=Path, help="sentences of this file, in shards beside the others")
    parser.add_argument("--sentences", type=Path, default=WORK, help="folder of the sentence files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", type=int, default=200, help="clips a shard")
    parser.add_argument("--out", type=Path, default=WORK / "voices")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    name = VOICES[args.voice]
    engine: Engine = getattr(import_module(f"nano.speech.engines.{name}"), ENGINES[name])(varied=False)
    beside = "even" if args.even else args.only.stem if args.only else ""
    kind = "-".join(filter(None, (args.voice, beside)))
    writer = ShardWriter(args.out / f"{kind}-{args.split}", args.shard)
    rng = random.Random(args.seed)
    # Both voices have sentences of their own, so that together they say more.
    seed = args.seed + 100 * list(VOICES).index(args.voice)
    if args.only:
        lines = sentences(args.only, args.split, seed)[: args.count]
    elif args.even:
        every = [line for name in SHARES for line in sentences(args.sentences / name, args.split, seed)]
        lines = evenly(every, args.count, random.Random(seed))
    else:
        lines = drawn(args.sentences, args.split, args.count, seed)
    for line in lines[writer.finished * args.shard :]:
        try:
            clip = even_clip(engine.say(line["spoken"], rng))
        except ValueError as error:
            # A clip of silence keeps the count of a shard, by which a run goes on; it is too short to train on.
            log.warning("%s could not say %r: %s", name, line["text"], error)
            clip = np.zeros(RATE // 10, np.int16)
        writer.add(
            clip, text=line["text"], spoken=line["spoken"], voice=args.voice, engine=name, split=args.split
        )
    writer.flush()


if __name__ == "__main__":
    main()
