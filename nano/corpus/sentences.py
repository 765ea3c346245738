"""Samples the sentences of the corpus: ``python -m nano.corpus.sentences --count 60000 --out nano/work/sentences.jsonl``.

Four fifths come from our own templates (``commands``), one fifth from those of home-assistant-intents. Short common
sentences repeat, each at most `REPEATS` times; the same seed and package version give the same file. Each line has
``text`` (the transcript), ``spoken`` (the same in words, for synthesisers) and ``split``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nano.corpus.commands import RULES, TOPICS
from nano.corpus.fillers import Fillers
from nano.corpus.intents import IntentSentences
from nano.corpus.split import split_of
from nano.corpus.spoken import spoken_form
from nano.corpus.template import Sampler
from nano.corpus.writing import is_natural, written_form
from nano.paths import WORK

REPEATS = 8
INTENTS_SHARE = 0.2


def own_sentences(rng: random.Random) -> Iterator[str]:
    """Endless raw sentences of our own templates; the first templates of a topic come about twice as often."""
    sampler = Sampler(RULES, Fillers(rng), rng, keep=0.4)
    topics = list(TOPICS)
    shares = [TOPICS[topic][0] for topic in topics]
    while True:
        templates = TOPICS[rng.choices(topics, shares)[0]][1]
        weights = [(rank + 3) ** -0.5 for rank in range(len(templates))]
        yield sampler.sample(rng.choices(templates, weights)[0])


def sample_sentences(count: int, seed: int) -> Iterator[str]:
    """`count` transcripts, natural ones only, none more than `REPEATS` times."""
    rng = random.Random(seed)
    own, intents = own_sentences(rng), iter(IntentSentences(rng))
    seen: Counter[str] = Counter()
    while seen.total() < count:
        text = written_form(next(intents if rng.random() < INTENTS_SHARE else own))
        if is_natural(text) and seen[text] < REPEATS:
            seen[text] += 1
            yield text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WORK / "sentences.jsonl")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = args.out.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as file:
        for text in sample_sentences(args.count, args.seed):
            record = {"text": text, "spoken": spoken_form(text), "split": split_of(text)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    unfinished.replace(args.out)


if __name__ == "__main__":
    main()
