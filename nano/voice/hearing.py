"""Speech to be heard while nano learns to speak; the encoder does not change, so what it made is used again."""

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

    def loss(self, nano: Nano, confusion: float = 0.08) -> Tensor:
        """Cross-entropy of the transcripts of one batch, new once in `again` times."""
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
        return nano.transcript_loss(chosen[0].float(), chosen[1], confusion)[0]
