"""Sentences that are none of a home's business: ``python -m nano.corpus.others --pack DIR --out nano/work/other.jsonl``.

They are what the recordings of a pack (see ``nano/speech/people.py``) say, for synthetic voices to say again: three to
sixteen words, nothing spelled, each once. ``text`` is empty, since nothing is to be written; ``said`` has the words.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path

from nano.paths import WORK

_LETTER = re.compile(r"(?<!')\b(?![ai]\b)[a-z]\b")


def others(texts: Iterable[str]) -> list[dict[str, str]]:
    """Lines for ``nano.speech.bulk`` from transcripts."""
    said = dict.fromkeys(" ".join(re.sub(r"[^a-z' ]+", " ", text.lower()).split()) for text in texts)
    return [
        {"text": "", "spoken": words, "said": words, "split": "train"}
        for words in said
        if 3 <= len(words.split()) <= 16 and not _LETTER.search(words)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, required=True, help="folder with manifest.tsv")
    parser.add_argument("--out", type=Path, default=WORK / "other.jsonl")
    args = parser.parse_args()
    with (args.pack / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        made = others(line["text"] for line in lines if line["split"] == "train")
    args.out.write_text("".join(json.dumps(line) + "\n" for line in made), encoding="utf-8")
    print(f"{len(made)} sentences in {args.out}")


if __name__ == "__main__":
    main()
