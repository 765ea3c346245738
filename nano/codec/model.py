"""Sound to codes and back: an encoder that only training needs, and the detokenizer that is shipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.backbone import BackboneLayer, RmsNorm, rotary
from nano.codec.quantizer import Quantizer
from nano.codec.shape import BINS, UPSAMPLING, CodecShape
from nano.codec.spectrum import log_mels, to_sound
from nano.shape import BackboneShape


class Block(nn.Module):
    """ConvNeXt: each channel along time, then all channels of a frame."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.along = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.3))

    def forward(self, x: Tensor) -> Tensor:
        h = self.along(x.mT).mT
        out: Tensor = x + self.scale * self.down(F.gelu(self.up(self.norm(h))))
        return out


class CodecEncoder(nn.Module):
    """Log mels at 75 Hz, four blocks, six frames joined to one, two blocks; it sees what comes, too."""

    def __init__(self, shape: CodecShape) -> None:
        super().__init__()
        w = shape.encoder_width
        self.mels = shape.mels
        self.first = nn.Linear(shape.mels, w)
        self.fine = nn.Sequential(*(Block(w) for _ in range(4)))
        self.join = nn.Linear(UPSAMPLING * w, w)
        self.coarse = nn.Sequential(*(Block(w) for _ in range(2)))
        self.norm = nn.LayerNorm(w)
        self.out = nn.Linear(w, shape.latent)

    def forward(self, sound: Tensor) -> Tensor:
        """(batch, frames * 1920) -> (batch, frames, latent)."""
        x = self.fine(self.first(log_mels(sound, self.mels)))
        x = self.coarse(self.join(x.unflatten(1, (-1, UPSAMPLING)).flatten(2)))
        out: Tensor = self.out(self.norm(x))
        return out


class Detokenizer(nn.Module):
    """As LFM2AudioDetokenizer of liquid-audio 1.3.0 (detokenizer.py), at any size.

    The table of codes is `table` of what the quantizer found, so that a frame is the mean of eight rows.
    """

    def __init__(self, shape: BackboneShape, latent: int) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Linear(latent, shape.width)
        self.layers = nn.ModuleList(BackboneLayer(shape, kind, 0.0) for kind in shape.pattern)
        self.norm = RmsNorm(shape.width, shape.norm_eps)
        self.out = nn.Linear(shape.width, 2 * BINS)
        for name, weight in self.layers.named_parameters():
            if weight.dim() == 2 and "taps" not in name:
                writes = name.endswith(("down.weight", "out_proj.weight", "operator.o.weight"))
                nn.init.normal_(weight, std=weight.shape[1] ** -0.5 * (0.4 if writes else 0.8))
        nn.init.normal_(self.out.weight, std=0.02)

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, frames, latent) -> log-magnitudes and angles, (batch, frames * 6, 641) each."""
        x = self.embed(vectors).repeat_interleave(UPSAMPLING, 1)
        cos, sin = rotary(x.shape[1], self.shape.width // self.shape.heads, self.shape.rope_theta)
        for layer in self.layers:
            x = layer(x, cos, sin)
        log_magnitudes, angles = self.out(self.norm(x)).float().chunk(2, -1)
        return log_magnitudes, angles

    def table(self, tables: Tensor) -> Tensor:
        """(books, codes, latent) -> (books * codes, width): rows whose mean over the books is what `embed` gives."""
        return self.embed.bias + len(tables) * F.linear(tables.flatten(0, 1), self.embed.weight)


class Codec(nn.Module):
    """Encoder, quantizer, detokenizer."""

    def __init__(self, shape: CodecShape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = CodecEncoder(shape)
        self.quantizer = Quantizer(shape.books, shape.codes, shape.latent)
        self.detokenizer = Detokenizer(shape.detokenizer, shape.latent)

    def sound(self, vectors: Tensor) -> Tensor:
        """(batch, frames, latent) -> (batch, frames * 1920)."""
        return to_sound(*self.detokenizer(vectors))

    @torch.no_grad()
    def codes(self, sound: Tensor) -> Tensor:
        """(batch, frames * 1920) -> (batch, frames, books), int64."""
        return self.quantizer.codes(self.encoder(sound))

    @torch.no_grad()
    def spoken(self, codes: Tensor) -> Tensor:
        """(batch, frames, books) -> (batch, frames * 1920)."""
        return self.sound(self.quantizer.vectors(codes))
