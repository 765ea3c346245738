"""Makes the evaluation clips: test sentences in voices that training never hears, and a development set.

``python -m nano.speech.evaluation --out nano/work`` writes ``eval/`` (60 sentences for each of Kokoro's
af_kore, am_puck, bf_lily and flite's rms, split "test"; and the demonstration sentence by each, split "demo",
since others like it are in training), ``eval-accents/`` (likewise by em_santa, hm_psi and zf_xiaoni, voices of other
languages) and ``dev/`` (100 sentences of the dev split by the training voices). ``--without`` leaves folders out.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from nano.corpus.spoken import spoken_form
from nano.paths import WORK
from nano.speech.clip import make_clip
from nano.speech.engines.flite import Flite
from nano.speech.engines.kokoro import HELD_OUT, HELD_OUT_ACCENTS, Kokoro
from nano.speech.shards import ShardWriter
from nano.speech.sources import Engine, open_engine, sentences

DEMONSTRATION = "Turn on the kitchen light."
DEVELOPMENT = {"kokoro": 50, "hibari": 15, "flite": 15, "espeak": 15, "festival": 5}


def _distinct(path: Path, split: str) -> list[dict[str, str]]:
    return list({line["text"]: line for line in sentences(path, split, seed=7)}.values())


def _speak(
    writer: ShardWriter, engine: Engine, lines: list[dict[str, str]], rng: random.Random, split: str
) -> None:
    for line in lines:
        spoken = engine.say(line["spoken"], rng)
        samples = make_clip(spoken.samples, spoken.rate, rng, spoken.warp)
        writer.add(samples, text=line["text"], voice=spoken.voice, engine=engine.name, split=split)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WORK)
    parser.add_argument("--sentences", type=Path, default=WORK / "sentences.jsonl")
    parser.add_argument("--per-voice", type=int, default=60)
    parser.add_argument("--without", nargs="*", default=[], choices=("eval", "eval-accents", "dev"))
    args = parser.parse_args()
    rng = random.Random(7)
    test = _distinct(args.sentences, "test")
    demonstration = [{"text": DEMONSTRATION, "spoken": spoken_form(DEMONSTRATION)}]
    number = 0
    for folder, names in (("eval", HELD_OUT), ("eval-accents", HELD_OUT_ACCENTS)):
        if folder in args.without:
            continue
        voices: list[Engine] = [Kokoro((voice,), varied=False) for voice in names]
        if folder == "eval":
            voices.append(Flite(("rms",), warped=False))
        writer = ShardWriter(args.out / folder, size=args.per_voice + 1)
        for engine in voices:
            _speak(writer, engine, demonstration, rng, "demo")
            _speak(writer, engine, test[number * args.per_voice : (number + 1) * args.per_voice], rng, "test")
            number += 1
        writer.flush()
    if "dev" in args.without:
        return
    development = _distinct(args.sentences, "dev")
    writer = ShardWriter(args.out / "dev", size=1000)
    for name, count in DEVELOPMENT.items():
        _speak(writer, open_engine(name), development[:count], rng, "dev")
        development = development[count:]
    writer.flush()


if __name__ == "__main__":
    main()
