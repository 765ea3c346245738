"""FastConformer encoder and adapter, as llama.cpp's ``lfm2a`` projector computes them.

No masks: every clip of a batch has the same number of frames (see `batches`).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.shape import EncoderShape


def relative_positions(frames: int, width: int) -> Tensor:
    """Sinusoids for the distances frames-1 ... -(frames-1), (2*frames-1, width)."""
    distance = torch.arange(frames - 1, -frames, -1, dtype=torch.float64)
    rates = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width))
    angles = distance[:, None] * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1).float()


def _grouped(conv: nn.Conv2d, x: Tensor) -> Tensor:
    # Grouped convolutions go backwards ten times faster in float32, channels last, than in bfloat16.
    with torch.autocast("cpu", enabled=False):
        out: Tensor = conv(x.float().contiguous(memory_format=torch.channels_last))
    return out


class Subsampling(nn.Module):
    """Strided convolutions, (batch, frames, 128) -> (batch, frames / 8 rounded up, width)."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        c = shape.subsampling_channels
        self.conv0 = nn.Conv2d(1, c, 3, 2, 1)
        self.conv2 = nn.Conv2d(c, c, 3, 2, 1, groups=c)
        self.conv3 = nn.Conv2d(c, c, 1)
        self.conv5 = nn.Conv2d(c, c, 3, 2, 1, groups=c)
        self.conv6 = nn.Conv2d(c, c, 1)
        self.out = nn.Linear(c * (shape.mel_bins // 8), shape.width)
        # With PyTorch's default the biases drown the sound in the constant part of what comes out,
        # and for many hundred steps nothing aligns.
        for name, weight in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(weight)
            else:
                followed_by_relu = name.split(".")[0] in ("conv0", "conv3", "conv6")
                nn.init.normal_(weight, std=((2.0 if followed_by_relu else 1.0) / weight[0].numel()) ** 0.5)

    def forward(self, mel: Tensor) -> Tensor:
        x = F.relu(self.conv0(mel.unsqueeze(1).contiguous(memory_format=torch.channels_last)))
        x = F.relu(self.conv3(_grouped(self.conv2, x)))
        x = F.relu(self.conv6(_grouped(self.conv5, x)))
        out: Tensor = self.out(x.transpose(1, 2).flatten(2))
        return out


class RelativeAttention(nn.Module):
    """Self-attention with Transformer-XL relative positions."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        w, self.heads, self.head = shape.width, shape.heads, shape.width // shape.heads
        self.q, self.k, self.v, self.o = (nn.Linear(w, w) for _ in range(4))
        self.pos = nn.Linear(w, w, bias=False)
        self.bias_u = nn.Parameter(torch.zeros(self.heads, self.head))
        self.bias_v = nn.Parameter(torch.zeros(self.heads, self.head))

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        b, t, _ = x.shape
        q = self.q(x).view(b, t, self.heads, self.head)
        k = self.k(x).view(b, t, self.heads, self.head).permute(0, 2, 3, 1)
        v = self.v(x).view(b, t, self.heads, self.head).transpose(1, 2)
        p = self.pos(positions).view(2 * t - 1, self.heads, self.head).permute(1, 2, 0)
        content = (q + self.bias_u).transpose(1, 2) @ k
        distance = (q + self.bias_v).transpose(1, 2) @ p
        # Row i holds distances t-1 ... 1-t; shifting it by t-1-i lines column j up with i-j.
        distance = (
            F.pad(distance, (1, 0))
            .view(b, self.heads, 2 * t, t)[:, :, 1:]
            .reshape(b, self.heads, t, 2 * t - 1)
        )
        weights = ((content + distance[..., :t]) / math.sqrt(self.head)).softmax(-1)
        out: Tensor = self.o((weights.to(v.dtype) @ v).transpose(1, 2).flatten(2))
        return out


def depthwise(x: Tensor, taps: Tensor, frames: int) -> Tensor:
    """Centred convolution of each channel, (batch, frames, width) with (kernel, width) taps.

    Shifted products: on a CPU many times faster backwards than a grouped convolution.
    """
    reach = taps.shape[0] // 2
    padded, taps = F.pad(x, (0, 0, reach, reach)), taps.to(x.dtype)
    out = padded[:, :frames] * taps[0]
    for tap in range(1, taps.shape[0]):
        out = out + padded[:, tap : tap + frames] * taps[tap]
    return out


class Convolution(nn.Module):
    """Gated depthwise convolution.

    The batch norm of the original is one scale and shift here, which is what a model file keeps of it.
    """

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        w = shape.width
        self.pw1 = nn.Linear(w, 2 * w)
        self.dw_weight = nn.Parameter(torch.randn(shape.kernel, w) / shape.kernel**0.5)
        self.dw_bias = nn.Parameter(torch.zeros(w))
        self.norm_weight = nn.Parameter(torch.full((w,), 1.5))
        self.norm_bias = nn.Parameter(torch.zeros(w))
        self.pw2 = nn.Linear(w, w)

    def forward(self, x: Tensor) -> Tensor:
        x = F.glu(self.pw1(x), dim=-1)
        x = depthwise(x, self.dw_weight, x.shape[1]) + self.dw_bias
        out: Tensor = self.pw2(F.silu(x * self.norm_weight + self.norm_bias))
        return out


class FeedForward(nn.Module):
    """Linear, SiLU, linear."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.up = nn.Linear(shape.width, shape.feed_forward)
        self.down = nn.Linear(shape.feed_forward, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.silu(self.up(x)))
        return out


class ConformerLayer(nn.Module):
    """Half feed-forward, attention, convolution, half feed-forward, norm."""

    def __init__(self, shape: EncoderShape, dropout: float) -> None:
        super().__init__()
        w = shape.width
        self.norm_ff1, self.norm_att, self.norm_conv, self.norm_ff2, self.norm_out = (
            nn.LayerNorm(w, eps=1e-5) for _ in range(5)
        )
        self.ff1, self.ff2 = FeedForward(shape), FeedForward(shape)
        self.att, self.conv = RelativeAttention(shape), Convolution(shape)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        x = x + 0.5 * self.drop(self.ff1(self.norm_ff1(x)))
        x = x + self.drop(self.att(self.norm_att(x), positions))
        x = x + self.drop(self.conv(self.norm_conv(x)))
        x = x + 0.5 * self.drop(self.ff2(self.norm_ff2(x)))
        out: Tensor = self.norm_out(x)
        return out


class Encoder(nn.Module):
    """(batch, frames, 128) log-mel -> (batch, frames / 8 rounded up, 512)."""

    def __init__(self, shape: EncoderShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = shape.width
        self.subsampling = Subsampling(shape)
        self.layers = nn.ModuleList(ConformerLayer(shape, dropout) for _ in range(shape.layers))

    def forward(self, mel: Tensor) -> Tensor:
        x: Tensor = self.subsampling(mel)
        positions = relative_positions(x.shape[1], self.width)
        for layer in self.layers:
            x = layer(x, positions)
        return x


class Adapter(nn.Module):
    """Encoder frames -> embeddings of the backbone."""

    def __init__(self, shape: EncoderShape, backbone_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(shape.width, eps=1e-5)
        self.up = nn.Linear(shape.width, shape.adapter)
        self.down = nn.Linear(shape.adapter, backbone_width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.gelu(self.up(self.norm(x))))
        return out
