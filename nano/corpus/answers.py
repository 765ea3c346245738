"""What nano answers, as sentences for its voices to learn: ``python -m nano.corpus.answers --dialogues FILE``.

The commonest answers first; then those with the words that have come least often, so that each is said some times.
Lines as those of ``sentences``: ``text``, ``spoken`` (in words, for synthesisers) and ``split``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nano.corpus.split import split_of
from nano.corpus.spoken import spoken_form
from nano.paths import WORK
from nano.speech.even import words_of

COMMON = 0.4
"""Share of the lines that are the commonest answers."""
ALWAYS = 100
"""So many of the commonest are trained whatever their split: they are said day by day."""
_KNOWN = 8
"""A word in fewer answers than this is an invented name, which is no use to a voice."""
_CALL_END = "<|tool_call_end|>"


def spoken_part(assistant: str) -> str:
    """An answer without its call."""
    return assistant.rpartition(_CALL_END)[2].strip()


def chosen_answers(assistant: Iterable[str], count: int) -> list[str]:
    """Up to `count` different answers out of all that are given, the commonest first, then by rare words."""
    times = Counter(text for text in map(spoken_part, assistant) if text)
    words: Counter[str] = Counter()
    for text, often in times.items():
        words.update(dict.fromkeys(set(words_of(spoken_form(text).lower())), often))
    usable = [
        text
        for text, _ in times.most_common()
        if all(words[word] >= _KNOWN for word in words_of(spoken_form(text).lower()))
    ]
    chosen = usable[: round(count * COMMON)]
    said: Counter[str] = Counter(word for text in chosen for word in words_of(spoken_form(text).lower()))
    left = {text: words_of(spoken_form(text).lower()) for text in usable[len(chosen) :]}
    while left and len(chosen) < count:
        rarest = min({word for own in left.values() for word in own}, key=lambda word: (said[word], word))
        text = next(text for text, own in left.items() if rarest in own)
        said.update(left.pop(text))
        chosen.append(text)
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dialogues", type=Path, default=WORK / "dialogues.jsonl")
    parser.add_argument("--count", type=int, default=2500)
    parser.add_argument("--out", type=Path, default=WORK / "answers.jsonl")
    args = parser.parse_args()
    with args.dialogues.open(encoding="utf-8") as file:
        given = [turn["assistant"] for line in file for turn in json.loads(line)["turns"]]
    unfinished = args.out.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as file:
        for rank, text in enumerate(chosen_answers(given, args.count)):
            split = "train" if rank < ALWAYS else split_of(text)
            record = {"text": text, "spoken": spoken_form(text), "split": split}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    unfinished.replace(args.out)


if __name__ == "__main__":
    main()
