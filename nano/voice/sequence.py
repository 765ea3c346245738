"""What nano reads and writes in a row: tokens and frames of codes in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_ROUND = 16
"""Positions to which rows are filled up, so that there are few different sizes."""


@dataclass(frozen=True)
class Words:
    """Tokens; those that are `learned` the model writes itself, the others it is given."""

    ids: Sequence[int]
    learned: bool = False


Part = Words | Tensor
"""Tokens, or (frames, books) codes, which the model always writes itself."""
Row = list[Part]


@dataclass(frozen=True)
class Laid:
    """Rows as one batch. `*_at` are flat positions after which something is to be written, and what."""

    inputs: Tensor
    """(rows, positions, width)."""
    codes_at: Tensor
    codes: Tensor
    """(frames, books)."""
    words_at: Tensor
    words: Tensor


def lay(rows: list[Row], words: Callable[[Tensor], Tensor], sound: Callable[[Tensor], Tensor]) -> Laid:
    """Embed `rows`, filled up with zeros to one length.

    ``words`` embeds ids, ``sound`` frames of codes. No row may begin with what is to be written.
    """
    lengths = [sum(len(part.ids if isinstance(part, Words) else part) for part in row) for row in rows]
    longest = -(-max(lengths) // _ROUND) * _ROUND
    inputs, codes_at, codes, words_at, wanted = [], [], [], [], []
    for number, row in enumerate(rows):
        at = number * longest
        embedded = []
        for part in row:
            if isinstance(part, Words):
                ids = torch.tensor(part.ids, dtype=torch.long)
                embedded.append(words(ids))
                if part.learned:
                    words_at.append(torch.arange(at - 1, at - 1 + len(ids)))
                    wanted.append(ids)
                at += len(ids)
            else:
                embedded.append(sound(part))
                codes_at.append(torch.arange(at - 1, at - 1 + len(part)))
                codes.append(part)
                at += len(part)
        joined = torch.cat(embedded)
        inputs.append(F.pad(joined, (0, 0, 0, longest - len(joined))))
    none = [torch.zeros(0, dtype=torch.long)]
    return Laid(
        torch.stack(inputs),
        torch.cat(codes_at or none),
        torch.cat(codes) if codes else torch.zeros(0, 0, dtype=torch.long),
        torch.cat(words_at or none),
        torch.cat(wanted or none),
    )
