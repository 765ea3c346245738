"""Speech to be heard while nano learns to speak. While the encoder does not change, what it made is used again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from nano.alignment import Alignment
from nano.batches import BatchMaker, BatchSettings
from nano.model import Nano

_KEPT = 400
"""Batches that are remembered."""
_CTC = 0.4
"""Weight of both CTC losses, as in ``nano.train``."""


class Hearing:
    """Batches of clips as the adapter gives them to the backbone."""

    def __init__(
        self,
        folder: Path,
        sentences: list[Path],
        tokenizer: Tokenizer,
        seconds: float,
        again: int,
        seed: int,
    ) -> None:
        settings = BatchSettings(seconds, strength=0.6)
        maker = BatchMaker(folder, tokenizer, Alignment(sentences), settings, seed)
        if not maker.refresh():
            raise ValueError(f"{folder} has no speech to hear")
        self.stream = maker.stream()
        self.again = again
        self.random = np.random.default_rng(seed)
        self.kept: list[tuple[Tensor, list[list[int]]]] = []

    def loss(self, nano: Nano, confusion: float = 0.08) -> tuple[Tensor, float]:
        """What is to be made less, and the cross-entropy of the transcripts of one batch.

        With ears that do not learn the batch is new once in `again` times, else always.
        """
        if next(nano.adapter.parameters()).requires_grad:
            batch = next(self.stream)
            made = nano.losses(torch.from_numpy(batch.mel), batch.tokens, batch.pieces, confusion)
            return made.text + _CTC * (made.ctc + made.words), made.text.item()
        if len(self.kept) < 4 or self.random.random() < 1 / self.again:
            batch = next(self.stream)
            with torch.no_grad():
                adapted = nano.adapter(nano.encoder(torch.from_numpy(batch.mel)))
            self.kept.append((adapted.bfloat16(), batch.tokens))
            if len(self.kept) > _KEPT:
                self.kept.pop(0)
            chosen = self.kept[-1]
        else:
            chosen = self.kept[int(self.random.integers(len(self.kept)))]
        loss, _ = nano.transcript_loss(chosen[0].float(), chosen[1], confusion)
        return loss, loss.item()
