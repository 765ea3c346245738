"""Samples the sentences of the corpus: ``python -m nano.corpus.sentences --count 60000``.

Four fifths come from our own templates (``commands``), one fifth from those of home-assistant-intents. Short
common sentences repeat, each at most `REPEATS` times; the same seed and package version give the same file.
Each line has ``text`` (the transcript), ``spoken`` (the same in words, for synthesisers) and ``split``.
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


def own_sentences(rng: random.Random, topics: list[str]) -> Iterator[str]:
    """Endless raw sentences of our own templates; the first templates of a topic come about twice as often."""
    sampler = Sampler(RULES, Fillers(rng), rng, keep=0.4)
    shares = [TOPICS[topic][0] for topic in topics] if len(topics) > 1 else [1]
    while True:
        templates = TOPICS[rng.choices(topics, shares)[0]][1]
        weights = [(rank + 3) ** -0.5 for rank in range(len(templates))]
        yield sampler.sample(rng.choices(templates, weights)[0])


def _mixed(own: Iterator[str], intents: Iterator[str], rng: random.Random) -> Iterator[str]:
    while True:
        yield next(intents if rng.random() < INTENTS_SHARE else own)


def sample_sentences(count: int, seed: int, topic: str | None = None) -> Iterator[str]:
    """`count` transcripts, natural ones only, none more than `REPEATS` times; of all topics or of `topic` alone."""
    rng = random.Random(seed)
    own = own_sentences(rng, [topic] if topic else list(TOPICS))
    raw = own if topic else _mixed(own, iter(IntentSentences(rng)), rng)
    seen: Counter[str] = Counter()
    while seen.total() < count:
        text = written_form(next(raw))
        if is_natural(text) and seen[text] < REPEATS:
            seen[text] += 1
            yield text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--topic", choices=sorted(TOPICS), help="this topic of ours only")
    parser.add_argument("--out", type=Path, default=WORK / "sentences.jsonl")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = args.out.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as file:
        for text in sample_sentences(args.count, args.seed, args.topic):
            record = {"text": text, "spoken": spoken_form(text), "split": split_of(text)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    unfinished.replace(args.out)


if __name__ == "__main__":
    main()
