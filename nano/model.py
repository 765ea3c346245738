"""nano as it is trained: sound and prompt in, transcript out, CTC beside it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from nano import tokenizer as words
from nano.alignment import PIECES
from nano.backbone import Backbone
from nano.encoder import Adapter, Encoder
from nano.shape import NanoShape

BEFORE_SOUND = f"{words.START}{words.TURN}system\nPerform ASR.{words.END_OF_TURN}\n{words.TURN}user\n"
AFTER_SOUND = f"{words.END_OF_TURN}\n{words.TURN}assistant\n"


@dataclass(frozen=True)
class Losses:
    """Mean cross-entropy of the transcript's tokens, both CTC losses for each of their labels, share of tokens right."""

    text: Tensor
    ctc: Tensor
    words: Tensor
    """CTC of the transcript's tokens on the adapter's output, scored by the backbone's own embeddings.

    It brings a frame in which a word ends near that word's embedding, so that the backbone finds there
    what it has just written, and what comes next.
    """
    right: Tensor


class Nano(nn.Module):
    """Encoder, adapter and backbone; the CTC head is for training only."""

    def __init__(self, shape: NanoShape, tokenizer: Tokenizer, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape.encoder, dropout)
        self.adapter = Adapter(shape.encoder, shape.backbone.width)
        self.backbone = Backbone(shape.backbone, dropout)
        self.ctc = nn.Linear(shape.encoder.width, PIECES + 1)
        self.before = tokenizer.encode(BEFORE_SOUND).ids
        self.after = tokenizer.encode(AFTER_SOUND).ids
        self.end = tokenizer.token_to_id(words.END_OF_TURN)
        self.blank = tokenizer.token_to_id(words.PAD)

    def alignment(self, mel: Tensor, pieces: list[list[int]]) -> Tensor:
        """The CTC loss alone, at two thirds of the cost; see `losses`."""
        return self._ctc_loss(self.encoder(mel), pieces)

    def first_alignment(
        self, mel: Tensor, pieces: list[list[int]], laid_out: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Cross-entropy of each frame against pieces laid out evenly, and the CTC loss."""
        frames = self.encoder(mel)
        guess = F.cross_entropy(
            self.ctc(frames).float().flatten(0, 1), laid_out.flatten(), label_smoothing=0.05
        )
        return guess, self._ctc_loss(frames, pieces)

    def losses(
        self, mel: Tensor, tokens: list[list[int]], pieces: list[list[int]], confusion: float = 0.0
    ) -> Losses:
        """Losses of a batch of (clips, frames, 128), each clip's token ids and its `alignment` pieces.

        With ``confusion``, that share of the transcript's tokens is replaced on the way in,
        so that the backbone leans on the sound and not on its own words.
        """
        frames = self.encoder(mel)
        adapted = self.adapter(frames).float()
        text_loss, right = self.transcript_loss(adapted, tokens, confusion)
        heard = self.backbone.logits(adapted).float()
        heard = torch.cat((heard, heard[..., self.blank : self.blank + 1]), -1)
        heard[..., self.blank] = heard[..., self.blank] - 1e4
        return Losses(text_loss, self._ctc_loss(frames, pieces), ctc_loss(heard, tokens), right)

    def transcript_loss(
        self, adapted: Tensor, tokens: list[list[int]], confusion: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """Mean cross-entropy of the transcripts after (clips, frames, width) of sound, and the share of tokens right."""
        batch, longest = len(tokens), max(map(len, tokens))
        given = torch.full((batch, longest), self.end)
        wanted = torch.full((batch, longest + 1), -100)
        for row, ids in enumerate(tokens):
            given[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
            wanted[row, : len(ids) + 1] = torch.tensor([*ids, self.end])
        if confusion:
            swap = torch.rand(batch, longest) < confusion
            given = torch.where(
                swap, given.flatten()[torch.randint(max(1, given.numel()), given.shape)], given
            )
        text = torch.cat((torch.tensor(self.after).expand(batch, -1), given), 1)
        hidden = self._read(adapted, text)[:, -(longest + 1) :]
        logits = self.backbone.logits(hidden).float()
        loss = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), label_smoothing=0.05)
        return loss, (logits.argmax(-1) == wanted).sum() / (wanted >= 0).sum()

    def _read(self, adapted: Tensor, text: Tensor) -> Tensor:
        before = torch.tensor(self.before).expand(len(adapted), -1)
        embed = self.backbone.embedding
        joined = torch.cat((embed(before), adapted, embed(text)), 1)
        hidden: Tensor = self.backbone(joined)
        return hidden

    def _ctc_loss(self, frames: Tensor, pieces: list[list[int]]) -> Tensor:
        return ctc_loss(self.ctc(frames).float(), pieces)

    @torch.no_grad()
    def transcribe(self, mel: Tensor, limit: int = 48) -> list[list[int]]:
        """Greedy token ids of each clip of (clips, frames, 128)."""
        adapted = self.adapter(self.encoder(mel)).float()
        text = torch.tensor(self.after).expand(len(mel), -1)
        going = torch.ones(len(mel), dtype=torch.bool)
        for _ in range(limit):
            best = self.backbone.logits(self._read(adapted, text)[:, -1]).argmax(-1)
            best = torch.where(going, best, self.end)
            text = torch.cat((text, best[:, None]), 1)
            going &= best != self.end
            if not going.any():
                break
        rows: list[list[int]] = text[:, len(self.after) :].tolist()
        return [row[: row.index(self.end)] if self.end in row else row for row in rows]


def ctc_loss(scores: Tensor, labels: list[list[int]]) -> Tensor:
    """CTC for each label of (clips, frames, classes); the last class is the blank."""
    scores = scores.log_softmax(-1).transpose(0, 1)
    lengths = torch.tensor([len(ids) for ids in labels])
    targets = torch.tensor([i for ids in labels for i in ids], dtype=torch.long)
    lasting = torch.full((len(labels),), scores.shape[0])
    loss = F.ctc_loss(
        scores, targets, lasting, lengths, blank=scores.shape[-1] - 1, reduction="none", zero_infinity=True
    )
    return loss.sum() / (lengths.sum() + len(labels))
