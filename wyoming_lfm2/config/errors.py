"""What is wrong with a setting, and the word the person probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SettingsError(Exception):
    """A setting that does not exist or cannot be; each line is one sentence for a person."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """End a sentence about an unknown ``word`` with its nearest neighbour, or with all there are."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(names)}."
