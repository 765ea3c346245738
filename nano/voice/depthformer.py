"""The depthformer of LFM2-Audio at any size (liquid-audio 1.3.0, model/transformer.py and model/lfm2_audio.py)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nano.backbone import RmsNorm
from nano.voice.shape import VoiceShape


def pair_rotary(length: int, head: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines (length, head / 2) for neighbours that rotate together."""
    rates = theta ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates
    return angles.cos().float(), angles.sin().float()


def _rotate_pairs(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class DepthLayer(nn.Module):
    """Grouped-query attention over the books so far, then SwiGLU, each behind a norm."""

    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        w, f = shape.width, shape.feed_forward
        self.heads, self.kv_heads, self.head = shape.heads, shape.kv_heads, w // shape.heads
        self.operator_norm, self.ffn_norm = RmsNorm(w, shape.norm_eps), RmsNorm(w, shape.norm_eps)
        self.qkv = nn.Linear(w, (self.heads + 2 * self.kv_heads) * self.head, bias=False)
        self.out = nn.Linear(w, w, bias=False)
        self.q_norm, self.k_norm = RmsNorm(self.head, shape.norm_eps), RmsNorm(self.head, shape.norm_eps)
        self.gate, self.up = nn.Linear(w, f, bias=False), nn.Linear(w, f, bias=False)
        self.down = nn.Linear(f, w, bias=False)
        for weight in (self.qkv.weight, self.gate.weight, self.up.weight):
            nn.init.normal_(weight, std=w**-0.5)
        for weight in (self.out.weight, self.down.weight):
            nn.init.normal_(weight, std=weight.shape[1] ** -0.5 * (2 * shape.layers) ** -0.5)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """(frames, books, width) -> the same."""
        n, t, _ = x.shape
        sizes = [self.heads * self.head, self.kv_heads * self.head, self.kv_heads * self.head]
        q, k, v = self.qkv(self.operator_norm(x)).split(sizes, -1)
        q = _rotate_pairs(self.q_norm(q.view(n, t, -1, self.head)).transpose(1, 2), cos, sin)
        k = _rotate_pairs(self.k_norm(k.view(n, t, -1, self.head)).transpose(1, 2), cos, sin)
        v = v.view(n, t, -1, self.head).transpose(1, 2)
        repeats = self.heads // self.kv_heads
        k, v = k.repeat_interleave(repeats, 1).to(v.dtype), v.repeat_interleave(repeats, 1)
        scores = (q.to(v.dtype) @ k.transpose(2, 3)).float() * self.head**-0.5
        unseen = torch.ones(t, t, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(unseen, -torch.inf).softmax(-1).to(v.dtype) @ v
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        h = self.ffn_norm(x)
        result: Tensor = x + self.down(F.silu(self.gate(h)) * self.up(h))
        return result


class BookEmbedding(nn.Module):
    """One book's codes on their way in, and its logits on their way out."""

    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.rows, shape.width)
        self.embedding_norm = RmsNorm(shape.width, shape.norm_eps)
        self.to_logits = nn.Linear(shape.width, shape.rows, bias=False)
        nn.init.normal_(self.embedding.weight, std=shape.width**-0.5)
        nn.init.normal_(self.to_logits.weight, std=shape.width**-0.5)

    def logits(self, x: Tensor) -> Tensor:
        """(..., width) -> (..., rows)."""
        out: Tensor = self.to_logits(self.embedding_norm(x))
        return out


class Depthformer(nn.Module):
    """From a hidden state of the backbone to the eight codes of a frame, one after the other."""

    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        self.shape = shape
        self.depth_linear = nn.Linear(shape.backbone_width, shape.books * shape.width)
        self.layers = nn.ModuleList(DepthLayer(shape) for _ in range(shape.layers))
        self.books = nn.ModuleList(BookEmbedding(shape) for _ in range(shape.books))
        nn.init.normal_(self.depth_linear.weight, std=shape.backbone_width**-0.5)
        nn.init.zeros_(self.depth_linear.bias)

    def logits(self, hidden: Tensor, codes: Tensor) -> Tensor:
        """(frames, backbone width) and the true (frames, books) -> (frames, books, rows), each book seeing those before."""
        before = [book.embedding(codes[:, i]) for i, book in enumerate(list(self.books)[:-1])]
        given = torch.stack([torch.zeros_like(before[0]), *before], 1)
        x = self._run(self._start(hidden) + given)
        return torch.stack([book.logits(x[:, i]).float() for i, book in enumerate(self.books)], 1)

    @torch.no_grad()
    def sample(self, hidden: Tensor, temperature: float, top_k: int) -> Tensor:
        """(frames, backbone width) -> (frames, books); end-of-audio in the first book fills all."""
        start, end = self._start(hidden), self.shape.codes
        inputs, chosen = [start[:, 0]], []
        for i, book in enumerate(self.books):
            scores = book.logits(self._run(torch.stack(inputs, 1))[:, -1]).float()
            if i:
                scores[:, end] = -torch.inf
            if temperature > 0:
                scores = scores / temperature
                least = scores.topk(min(top_k, scores.shape[-1]))[0][:, -1:]
                scores = scores.masked_fill(scores < least, -torch.inf)
                code = torch.multinomial(scores.softmax(-1), 1)[:, 0]
            else:
                code = scores.argmax(-1)
            chosen.append(code)
            if i + 1 < len(self.books):
                inputs.append(start[:, i + 1] + book.embedding(code))
        codes = torch.stack(chosen, 1)
        return torch.where(codes[:, :1] == end, end, codes)

    def _start(self, hidden: Tensor) -> Tensor:
        parts: Tensor = self.depth_linear(hidden)
        return parts.unflatten(-1, (self.shape.books, self.shape.width)).float()

    def _run(self, x: Tensor) -> Tensor:
        shape = self.shape
        cos, sin = pair_rotary(x.shape[1], shape.width // shape.heads, shape.rope_theta)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return x
