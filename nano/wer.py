"""Word error rate, with the spelling differences that nobody hears taken out."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import jiwer

_APART = re.compile(r"[^\w\s']")


def normalised(text: str) -> str:
    """Lower case, no punctuation, "%" as a word; digits stay digits."""
    text = (
        text.lower()
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        .replace("%", " percent ")
        .replace("°", " degrees ")
    )
    return " ".join(_APART.sub(" ", text).split())


@dataclass
class WordErrors:
    """Errors over many sentences, with what was taken for what."""

    words: int = 0
    errors: int = 0
    clips: int = 0
    exact: int = 0
    """Clips without any error."""
    confusions: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)

    @property
    def rate(self) -> float:
        """Errors for each word spoken."""
        return self.errors / max(1, self.words)

    def add(self, spoken: str, heard: str) -> None:
        """Count one sentence. ``spoken`` must hold a word."""
        out = jiwer.process_words(normalised(spoken), normalised(heard))
        self.words += out.hits + out.substitutions + out.deletions
        wrong = out.substitutions + out.deletions + out.insertions
        self.errors += wrong
        self.clips += 1
        self.exact += not wrong
        reference, hypothesis = out.references[0], out.hypotheses[0]
        for piece in out.alignments[0]:
            if piece.type != "equal":
                said = " ".join(reference[piece.ref_start_idx : piece.ref_end_idx])
                got = " ".join(hypothesis[piece.hyp_start_idx : piece.hyp_end_idx])
                self.confusions[(said, got)] += 1


def total(parts: Iterable[WordErrors]) -> WordErrors:
    """All parts together."""
    everything = WordErrors()
    for part in parts:
        everything.words += part.words
        everything.errors += part.errors
        everything.clips += part.clips
        everything.exact += part.exact
        everything.confusions += part.confusions
    return everything
