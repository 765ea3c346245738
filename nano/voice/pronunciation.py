"""How each token of the vocabulary sounds, as a second part of its embedding while nano learns to speak.

A word is one token, so nothing in its embedding says that "patio" begins like "pattern": each would have to be
learnt from its own examples. With a row for each phoneme at each place of a word, added up, words share what they
sound like. The sum is what is shipped: the file has one plain table.
"""

from __future__ import annotations

import subprocess

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

FROM_START, FROM_END = 10, 6
"""Places of a word that have rows of their own, counted from either end."""
_PHONEMES = "tnɹsdlkmpzbvfŋwjɾhɡθðʃʒxʔaɑæɐʌəɚɜɛeɪiᵻouʊɔ"  # noqa: RUF001
ROWS = len(_PHONEMES) * (FROM_START + FROM_END) + 1
"""Rows of the table; the last one stands for nothing and stays zero."""


def pronounced(words: list[str]) -> list[str]:
    """The phonemes of each word as espeak-ng writes them, without stress and length. Raises OSError without it."""
    done = subprocess.run(
        ["espeak-ng", "--ipa", "-q", "-v", "en-us"],
        input="\n".join(words),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    if len(lines) != len(words):
        raise ValueError(f"espeak-ng pronounced {len(lines)} of {len(words)} words")
    return ["".join(sign for sign in line if sign in _PHONEMES) for line in lines]


def places(tokenizer: Tokenizer) -> Tensor:
    """(vocabulary, FROM_START + FROM_END) rows of the table for each token; `ROWS` - 1 where there is no phoneme."""
    out = torch.full((tokenizer.get_vocab_size(), FROM_START + FROM_END), ROWS - 1)
    spelled = {i: token.lstrip("\u0120") for token, i in tokenizer.get_vocab().items()}
    wanted = {i: word for i, word in sorted(spelled.items()) if word.isascii() and word.isalpha()}
    kinds = FROM_START + FROM_END
    for i, phonemes in zip(wanted, pronounced(list(wanted.values())), strict=True):
        numbers = [_PHONEMES.index(sign) * kinds for sign in phonemes]
        for place, number in enumerate(numbers[:FROM_START]):
            out[i, place] = number + place
        for place, number in enumerate(numbers[::-1][:FROM_END]):
            out[i, FROM_START + place] = number + FROM_START + place
    return out


class Pronunciation(nn.Module):
    """Adds to a token's own embedding the rows of its phonemes; begins by adding nothing."""

    places: Tensor

    def __init__(self, places: Tensor, width: int) -> None:
        super().__init__()
        self.register_buffer("places", places)
        self.table = nn.Parameter(torch.zeros(ROWS, width))

    def forward(self, own: Tensor) -> Tensor:
        """(vocabulary, width) -> (vocabulary, width)."""
        return own + F.embedding_bag(self.places, self.table, mode="sum", padding_idx=ROWS - 1)


def pronounce(embedding: nn.Embedding, places: Tensor) -> None:
    """From now on ``embedding.weight`` has pronunciations in it."""
    parametrize.register_parametrization(embedding, "weight", Pronunciation(places, embedding.embedding_dim))


def fold(embedding: nn.Embedding) -> None:
    """Make ``embedding.weight`` a plain table again, with what pronunciations have added; nothing if there are none."""
    if parametrize.is_parametrized(embedding, "weight"):
        parametrize.remove_parametrizations(embedding, "weight")
