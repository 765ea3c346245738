"""The LFM2 language model, as llama.cpp's architecture ``lfm2`` computes it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.shape import BackboneShape


class RmsNorm(nn.Module):
    """Root-mean-square norm in float32, whatever comes in."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x.float(), (x.shape[-1],), self.weight, self.eps)


def rotary(length: int, head: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines (length, head) for positions 0 ... length-1, halves rotated together (NEOX)."""
    rates = theta ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates
    return angles.cos().repeat(1, 2).float(), angles.sin().repeat(1, 2).float()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


class ShortConv(nn.Module):
    """Gated causal convolution over the last three positions."""

    def __init__(self, shape: BackboneShape) -> None:
        super().__init__()
        w = shape.width
        self.in_proj = nn.Linear(w, 3 * w, bias=False)
        self.taps = nn.Parameter(torch.randn(shape.conv_cache, w) / shape.conv_cache**0.5)
        self.out_proj = nn.Linear(w, w, bias=False)
        self.past = shape.conv_cache - 1

    def forward(self, x: Tensor, *_rotary: Tensor) -> Tensor:
        b, c, v = self.in_proj(x).chunk(3, dim=-1)
        gated = F.pad(b * v, (0, 0, self.past, 0))
        mixed = sum(gated[:, tap : tap + x.shape[1]] * weight for tap, weight in enumerate(self.taps))
        out: Tensor = self.out_proj(c * mixed)
        return out


class Attention(nn.Module):
    """Causal grouped-query attention with normed queries and keys."""

    def __init__(self, shape: BackboneShape) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head = shape.heads, shape.kv_heads, shape.width // shape.heads
        self.window = shape.window
        self.q = nn.Linear(shape.width, shape.width, bias=False)
        self.k = nn.Linear(shape.width, self.kv_heads * self.head, bias=False)
        self.v = nn.Linear(shape.width, self.kv_heads * self.head, bias=False)
        self.o = nn.Linear(shape.width, shape.width, bias=False)
        self.q_norm = RmsNorm(self.head, shape.norm_eps)
        self.k_norm = RmsNorm(self.head, shape.norm_eps)

    @torch.no_grad()
    def match_keys_to_queries(self) -> None:
        """Let like find like: each key head projects as the first of its query heads does."""
        queries = self.q.weight.view(self.kv_heads, -1, self.head, self.q.in_features)
        queries.copy_(queries[:, :1].expand_as(queries))
        self.k.weight.copy_(queries[:, 0].flatten(0, 1))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        b, t, _ = x.shape
        q = self.q_norm(self.q(x).view(b, t, self.heads, self.head)).transpose(1, 2)
        k = self.k_norm(self.k(x).view(b, t, self.kv_heads, self.head)).transpose(1, 2)
        v = self.v(x).view(b, t, self.kv_heads, self.head).transpose(1, 2)
        repeats = self.heads // self.kv_heads
        q, k = _rotate(q, cos, sin).to(v.dtype), _rotate(k, cos, sin).to(v.dtype)
        k, v = k.repeat_interleave(repeats, 1), v.repeat_interleave(repeats, 1)
        # Spelt out: torch's fused attention is slow backwards on a CPU at such short lengths.
        scores = (q @ k.transpose(2, 3)).float() * self.head**-0.5
        unseen = torch.ones(t, t, dtype=torch.bool).triu(1)
        if self.window is not None and t > self.window:
            unseen |= torch.ones(t, t, dtype=torch.bool).tril(-self.window)
        mixed = scores.masked_fill(unseen, -torch.inf).softmax(-1).to(v.dtype) @ v
        out: Tensor = self.o(mixed.transpose(1, 2).flatten(2))
        return out


class BackboneLayer(nn.Module):
    """Operator (convolution or attention), then SwiGLU, each behind a norm."""

    def __init__(self, shape: BackboneShape, kind: str, dropout: float) -> None:
        super().__init__()
        w, f = shape.width, shape.feed_forward
        self.operator_norm, self.ffn_norm = RmsNorm(w, shape.norm_eps), RmsNorm(w, shape.norm_eps)
        self.operator = Attention(shape) if kind == "a" else ShortConv(shape)
        self.gate, self.up = nn.Linear(w, f, bias=False), nn.Linear(w, f, bias=False)
        self.down = nn.Linear(f, w, bias=False)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.drop(self.operator(self.operator_norm(x), cos, sin))
        h = self.ffn_norm(x)
        out: Tensor = x + self.drop(self.down(F.silu(self.gate(h)) * self.up(h)))
        return out


class Backbone(nn.Module):
    """Embeddings in, normed hidden states out; the head is the embedding table."""

    def __init__(self, shape: BackboneShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(BackboneLayer(shape, kind, dropout) for kind in shape.pattern)
        self.norm = RmsNorm(shape.width, shape.norm_eps)
        self._begin()

    def _begin(self) -> None:
        """Small steps away from the embeddings, and keys that begin equal to queries.

        Were the layers loud from the start, no position would keep what word it is, and attention
        would find nothing in the sound for thousands of steps. So a word first looks where it is heard.
        """
        nn.init.normal_(self.embedding.weight, std=0.1)
        for name, weight in self.layers.named_parameters():
            if weight.dim() == 2 and "taps" not in name:
                writes = name.endswith(("down.weight", "out_proj.weight", "operator.o.weight"))
                nn.init.normal_(weight, std=weight.shape[1] ** -0.5 * (0.1 if writes else 0.7))
        for layer in self.layers:
            if isinstance(layer.operator, Attention):
                layer.operator.match_keys_to_queries()

    def forward(self, embeddings: Tensor) -> Tensor:
        """(batch, positions, width) -> (batch, positions, width)."""
        cos, sin = rotary(embeddings.shape[1], self.shape.width // self.shape.heads, self.shape.rope_theta)
        x = embeddings
        for layer in self.layers:
            x = layer(x, cos, sin)
        out: Tensor = self.norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., width) -> (..., vocabulary)."""
        return F.linear(hidden, self.embedding.weight)
