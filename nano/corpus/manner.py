"""How the same thing is said: politely or not, with the punctuation of a transcript or without, sometimes misspelt."""

from __future__ import annotations

import random
import re

from nano.corpus.writing import written_form

_BEFORE = ("please {}", "can you {}", "could you {}", "could you please {}", "can you please {}", "hey nano, {}", "I want you to {}",
           "would you {}", "okay, {}", "now {}")  # fmt: skip
_POLITE, _BARE, _LOWER, _MISSPELT = 0.16, 0.07, 0.05, 0.005
_QUESTION = re.compile(
    r"^(what|which|who|where|when|how|is|are|am|do|does|will|it|it's|the|a|louder|quieter|next|previous|volume|skip)\b"
)


def plain_words(text: str) -> str:
    """`text` without case and punctuation, by which two sentences are the same."""
    return " ".join(re.sub(r"[^a-z0-9%:.'+ ]", " ", text.lower().replace(". ", " ")).strip(" .").split())


def without_time(text: str) -> str:
    """`text` without the note of the time that the product may put before it."""
    return text.rpartition("\n")[2]


class Manner:
    """Draws how a sentence is said and written."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def written(self, raw: str, polite: bool) -> str:
        """A transcript of `raw`; with `polite`, sometimes wrapped in a request."""
        rng = self._rng
        raw = " ".join(raw.split())
        if polite and rng.random() < _POLITE and not _QUESTION.match(raw.lower()):
            raw = f"{raw} please" if rng.random() < 0.35 else rng.choice(_BEFORE).format(raw)
        text = written_form(raw)
        if text.endswith("?") and re.match(r"(What a |Will do)", text):
            text = text[:-1] + "."
        draw = rng.random()
        if draw < _LOWER:
            return text.rstrip(".?").lower() if "I" not in text.split() else text.rstrip(".?")
        if draw < _LOWER + _BARE:
            text = text.rstrip(".?")
        if rng.random() < _MISSPELT:
            text = self._misspelt(text)
        return text

    def _misspelt(self, text: str) -> str:
        """One letter lost or doubled, or two swapped, in a word of five letters or more."""
        found = list(re.finditer(r"[A-Za-z]{5,}", text))
        if not found:
            return text
        word = self._rng.choice(found)
        at = self._rng.randrange(word.start() + 1, word.end() - 1)
        kind = self._rng.randrange(3)
        changed = ("", text[at] * 2, text[at + 1] + text[at])[kind]
        return text[:at] + changed + text[at + (2 if kind == 2 else 1) :]
