"""Sentences in which rare words come about as often as common ones.

Templates give names and rooms their due share of the sentences and no more: of 1,006 words in 8,738 sentences,
706 came fewer than twenty times, and those were what nano could not say. Learning to say a word takes some
dozens of examples of it, whatever the sentence.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

Line = dict[str, str]
LISTS = 0.25
"""Share of lines that are words in a row: nothing but the word itself says how it sounds."""
_CANDIDATES = 80
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


def words_of(text: str) -> list[str]:
    """The words of `text` as they are written."""
    return _WORD.findall(text)


def evenly(lines: Sequence[Line], count: int, rng: random.Random, lists: float = LISTS) -> list[Line]:
    """`count` lines, each the one of some drawn at random whose words have come least often so far.

    A share `lists` of them are lists of three to seven words. Lines come twice only where there are few. Raises
    ValueError without lines.
    """
    if not lines:
        raise ValueError("there are no sentences to choose from")
    # Only words that are said as they are written may stand in a list: "PM" is said as two letters.
    written = sorted(
        {word for line in lines for word in set(words_of(line["text"])) & set(words_of(line["spoken"]))}
    )
    seen: Counter[str] = Counter()
    taken: Counter[str] = Counter()

    def worth(line: Line) -> float:
        words = words_of(line["spoken"])
        return (
            sum(1 / (1 + seen[word.lower()]) for word in words)
            / (2 + len(words))
            / (1 + 4 * taken[line["text"]])
        )

    chosen: list[Line] = []
    while len(chosen) < count:
        if rng.random() < lists and written:
            line = _list(written, seen, rng)
        else:
            drawn = [rng.choice(lines) for _ in range(_CANDIDATES)]
            line = max(drawn, key=worth)
        taken[line["text"]] += 1
        seen.update(word.lower() for word in words_of(line["spoken"]))
        chosen.append(line)
    return chosen


def _list(written: Sequence[str], seen: Counter[str], rng: random.Random) -> Line:
    """Words in a row, each the rarer of three drawn, some with a comma after them."""
    words = [
        min(rng.choices(written, k=3), key=lambda word: seen[word.lower()]) for _ in range(rng.randint(3, 7))
    ]
    commas = rng.random() < 0.4
    text = (", " if commas else " ").join(words) + "."
    return {"text": text, "spoken": text}
