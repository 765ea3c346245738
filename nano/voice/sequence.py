"""What nano reads and writes in a row: tokens and frames of codes in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

_ROUND, _ROUND_WORDS = 16, 64
"""Positions to which rows are filled up, and words to be written, so that there are few different sizes."""


@dataclass(frozen=True)
class Words:
    """Tokens; those that are `learned` the model writes itself, the others it is given."""

    ids: Sequence[int]
    learned: bool = False


@dataclass(frozen=True)
class Heard:
    """(mel frames, 128) of a recording, which the model is given."""

    mel: npt.NDArray[np.float32]


Part = Words | Heard | Tensor
"""Tokens, a recording, or (frames, books) codes, which the model always writes itself."""
Row = list[Part]


@dataclass(frozen=True)
class Laid:
    """Rows as one batch. `*_at` are flat positions after which something is to be written, and what.

    Words are filled up with -100, which is nothing to be written.
    """

    inputs: Tensor
    """(rows, positions, width)."""
    codes_at: Tensor
    codes: Tensor
    """(frames, books)."""
    words_at: Tensor
    words: Tensor


def lay(
    rows: list[Row],
    words: Callable[[Tensor], Tensor],
    sound: Callable[[Tensor], Tensor],
    ears: Callable[[Tensor], Tensor] | None = None,
) -> Laid:
    """Embed `rows`, filled up with zeros to one length.

    ``words`` embeds ids, ``sound`` frames of codes, ``ears`` (recordings, mel frames, 128). No row may begin with
    what is to be written.
    """
    if ears is not None:
        rows = [[_heard(part, ears) if isinstance(part, Heard) else part for part in row] for row in rows]
    lengths = [sum(map(_length, row)) for row in rows]
    longest = -(-max(lengths) // _ROUND) * _ROUND
    # At once: an embedding may be the sum of two tables, which is made anew at each call.
    ids = [
        torch.tensor(part.ids, dtype=torch.long) for row in rows for part in row if isinstance(part, Words)
    ]
    embedded_words = iter(words(torch.cat(ids)).split([len(some) for some in ids]))
    frames = [
        part for row in rows for part in row if isinstance(part, Tensor) and not part.is_floating_point()
    ]
    embedded_sound = iter(sound(torch.cat(frames)).split([len(some) for some in frames]) if frames else ())
    inputs, codes_at, words_at, wanted = [], [], [], []
    for number, row in enumerate(rows):
        at = number * longest
        embedded = []
        for part in row:
            before = torch.arange(at - 1, at - 1 + _length(part))
            at += _length(part)
            if isinstance(part, Words):
                embedded.append(next(embedded_words))
                if part.learned:
                    words_at.append(before)
                    wanted.append(torch.tensor(part.ids, dtype=torch.long))
            elif isinstance(part, Tensor) and part.is_floating_point():
                embedded.append(part)
            else:
                embedded.append(next(embedded_sound))
                codes_at.append(before)
        joined = torch.cat(embedded)
        inputs.append(F.pad(joined, (0, 0, 0, longest - len(joined))))
    none = [torch.zeros(0, dtype=torch.long)]
    filling = -sum(map(len, wanted)) % _ROUND_WORDS
    return Laid(
        torch.stack(inputs),
        torch.cat(codes_at or none),
        torch.cat(frames) if frames else torch.zeros(0, 0, dtype=torch.long),
        F.pad(torch.cat(words_at or none), (0, filling)),
        F.pad(torch.cat(wanted or none), (0, filling), value=-100),
    )


def _heard(part: Heard, ears: Callable[[Tensor], Tensor]) -> Tensor:
    """(positions, width), float: as rows in the place of words."""
    with torch.no_grad():
        return ears(torch.from_numpy(part.mel)[None])[0].float()


def _length(part: Part) -> int:
    if isinstance(part, Heard):
        raise TypeError("a recording has no length before it is heard")
    return len(part.ids) if isinstance(part, Words) else len(part)
