"""Text for a model that is told the letters of each word, too."""

from __future__ import annotations


def letters_of(word: str) -> str:
    """The letters of `word` as capitals, which a small vocabulary has no words of."""
    return "".join(sign for sign in word if sign.isalpha()).upper()


def spelled(text: str) -> str:
    """`text` with its letters after each word: "the TV." becomes "the THE TV. TV".

    A word that is one token does not say which sounds it has, and in what order; its letters do, one by one.
    """
    return " ".join(part for word in text.split() for part in (word, letters_of(word)) if part)
