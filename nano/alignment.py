"""What the CTC head writes: short pieces of the words as they are spoken.

The transcript's own tokens are whole words, numbers in digits and punctuation. Pieces of
two or three letters are heard, not known, are shared by all words, and still come slower
than the encoder's 12.5 frames a second.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

PIECES = 384
"""Most pieces; the blank comes after them."""
BLANK = PIECES

_UNSPOKEN = re.compile(r"[^a-z' ]+")


def sounding(spoken: str) -> str:
    """Lower-case letters, apostrophes and single spaces."""
    return " ".join(_UNSPOKEN.sub(" ", spoken.lower()).split())


class Alignment:
    """From transcripts to pieces."""

    def __init__(self, sentences: Iterable[Path]) -> None:
        """``sentences``: JSON lines with ``text`` and ``spoken``; the pieces are made from them."""
        self._spoken: dict[str, str] = {}
        for path in sentences:
            for line in path.read_text(encoding="utf-8").splitlines():
                values = json.loads(line)
                self._spoken[values["text"]] = sounding(values["spoken"])
        self._tokenizer = Tokenizer(models.BPE(unk_token="?"))  # noqa: S106 - no password
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.BpeTrainer(
            vocab_size=PIECES, special_tokens=["?"], show_progress=False, max_token_length=6
        )
        self._tokenizer.train_from_iterator(sorted(self._spoken.values()), trainer)
        # A space costs a little time, every letter the same.
        size = self._tokenizer.get_vocab_size()
        self._times = [
            len(self._tokenizer.id_to_token(i).replace("\N{LOWER ONE EIGHTH BLOCK}", "")) + 0.3
            for i in range(size)
        ]

    def pieces(self, texts: Iterable[str]) -> list[int]:
        """Piece numbers of transcripts said one after the other.

        A transcript that is not among the sentences is taken as it is written.
        """
        spoken = (self._spoken.get(text) or sounding(text) for text in texts)
        return list(self._tokenizer.encode(" ".join(spoken)).ids)

    def laid_out(self, pieces: list[int], first: float, last: float, frames: int) -> npt.NDArray[np.int64]:
        """A piece for each encoder frame, as if all letters took the same time between two frames.

        Wrong in detail and right enough to begin with: CTC alone stands still for long, because
        at first no frame knows of any piece.
        """
        out = np.full(frames, BLANK, np.int64)
        if pieces:
            ends = np.array(list(itertools.accumulate(self._times[i] for i in pieces)))
            at = (np.arange(frames) + 0.5 - first) / max(1e-3, last - first) * ends[-1]
            inside = (at > 0) & (at < ends[-1])
            out[inside] = np.array(pieces)[np.searchsorted(ends, at[inside], side="right")]
        return out
