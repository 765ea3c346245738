"""What is not said to a home, in common words: ``python -m nano.corpus.common --home-assistant DIR --lexicon FILE --out FILE``.

nano knows how 28,000 words sound but the sentences of the domain have 1,100 of them. So that it learns what each sound
is like in any word, it says sentences of Home Assistant's own user interface, which are English as people write it,
and lists of common words.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nano.corpus import lexicon
from nano.speech.even import Line, evenly

LISTS = 0.4
"""Share of lines that are words in a row."""
_SENTENCE = re.compile(r"(?<![^\s])[A-Z][a-z']*(?:,? [a-z']+){3,11}[.?!](?=\s|$)")
_LONGEST = 75


def texts_in(value: object) -> Iterator[str]:
    """All texts of a file of translations."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for some in value.values():
            yield from texts_in(some)


def sentences_in(components: Path, known: frozenset[str]) -> list[str]:
    """The English sentences of the components' interfaces of which every word is known."""
    found: dict[str, None] = {}
    for path in sorted(components.glob("*/translations/en.json")):
        for text in texts_in(json.loads(path.read_text("utf-8"))):
            for sentence in _SENTENCE.findall(text):
                words = re.findall(r"[a-z']+", sentence.lower())
                if len(sentence) <= _LONGEST and known.issuperset(words):
                    found[sentence] = None
    return list(found)


def lists(words: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """`count` texts of three to six words in a row, each said about as often as the others."""
    said: list[str] = []
    texts = []
    for _ in range(count):
        size = rng.randint(3, 6)
        while len(said) < size:
            said += rng.sample(words, len(words))
        texts.append((", " if rng.random() < 0.4 else " ").join(said[:size]) + ".")
        del said[:size]
    return texts


def lines(sentences: Sequence[str], words: Sequence[str], count: int, seed: int) -> list[Line]:
    """`count` lines to be said, for training."""
    rng = random.Random(seed)
    written = [{"text": text, "spoken": text} for text in sentences]
    chosen = evenly(written, count - round(count * LISTS), rng, lists=0)
    unique = {line["text"]: None for line in chosen} | dict.fromkeys(lists(words, round(count * LISTS), rng))
    out = [{"text": text, "spoken": text, "split": "train"} for text in unique]
    rng.shuffle(out)
    return out


def main() -> None:
    """Parse the command line and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home-assistant", type=Path, required=True, help="the package's folder")
    parser.add_argument("--lexicon", type=Path, required=True, help="of nano.corpus.lexicon")
    parser.add_argument("--common", type=Path, required=True, help="as for nano.corpus.lexicon")
    parser.add_argument("--most-common", type=int, default=8000, help="words that stand in lists")
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    known = lexicon.read(args.lexicon).sounds
    common = [word for word in lexicon.common_words(args.common) if word in known and len(word) > 1]
    words = list(dict.fromkeys(common))[: args.most_common]
    found = sentences_in(args.home_assistant / "components", frozenset(known))
    written = lines(found, words, args.count, args.seed)
    args.out.write_text("".join(json.dumps(line) + "\n" for line in written), encoding="utf-8")
    print(f"{args.out}: {len(written)} lines, of {len(found)} sentences")


if __name__ == "__main__":
    main()
