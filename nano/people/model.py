"""nano with what only its training on people needs: a head for pieces of words, and one that foretells a teacher."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nano.model import Nano, ctc_loss
from nano.people.batches import PeopleBatch
from nano.people.segments import SHARE, TEACHER_WIDTH


@dataclass(frozen=True)
class PeopleLosses:
    """Each a mean over what it is about; see `Listener.losses`."""

    text: Tensor
    words: Tensor
    ctc: Tensor
    teacher: Tensor
    right: Tensor


class Listener(nn.Module):
    """The ears to be trained, the frozen language model, and two heads that are not shipped.

    Four frames of Whisper's encoder for one of ours are foretold by one linear layer, each of its 384 values scaled
    to unit variance (``mean`` and ``scale`` are the teacher's, by value).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, nano: Nano) -> None:
        super().__init__()
        self.nano = nano
        nano.backbone.requires_grad_(False)
        self.probe = nn.Linear(nano.shape.encoder.width, SHARE * TEACHER_WIDTH)
        self.register_buffer("mean", torch.zeros(TEACHER_WIDTH))
        self.register_buffer("scale", torch.ones(TEACHER_WIDTH))

    def heads(self) -> list[nn.Parameter]:
        """Parameters that are new and may learn faster."""
        return [*self.probe.parameters(), *self.nano.ctc.parameters()]

    def ears(self) -> list[nn.Parameter]:
        """Parameters that are shipped."""
        return [*self.nano.encoder.parameters(), *self.nano.adapter.parameters()]

    def losses(self, batch: PeopleBatch, confusion: float = 0.0) -> PeopleLosses:
        """Losses of a batch.

        Cross-entropy of the transcripts; CTC of their tokens in the adapter's output, and of the pieces of what is said
        in the encoder's; mean squared error of the teacher's scaled frames.
        """
        nano = self.nano
        frames = nano.encoder(torch.from_numpy(batch.mel))
        adapted = nano.adapter(frames).float()
        asked = [i for i, is_asked in enumerate(batch.asked) if is_asked]
        # A batch may ask for nothing at all: recordings without words of which the teacher has not heard yet.
        zero = frames.float().sum() * 0.0
        text = words = right = ctc = teacher = zero
        if asked:
            tokens = [batch.tokens[i] for i in asked]
            text, right = nano.transcript_loss(adapted[asked], tokens, confusion)
            scores = nano.backbone.logits(adapted[asked]).float()
            scores = torch.cat((scores, scores[..., nano.blank : nano.blank + 1]), -1)
            scores[..., nano.blank] = scores[..., nano.blank] - 1e4
            words = ctc_loss(scores, tokens)
        known = [i for i, is_known in enumerate(batch.known) if is_known]
        if known:
            ctc = ctc_loss(nano.ctc(frames[known]).float(), [batch.pieces[i] for i in known])
        taught = torch.from_numpy(batch.taught)
        if taught.any():
            wanted = (torch.from_numpy(batch.teacher)[taught].float() - self.mean) / self.scale
            foretold = self.probe(frames[taught]).float().view(-1, SHARE, TEACHER_WIDTH)
            teacher = (foretold - wanted.clamp(-5, 5)).square().mean()
        return PeopleLosses(text, words, ctc, teacher, right)
