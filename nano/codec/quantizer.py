"""Residual vector quantisation: each book says what the books before it left over."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DECAY = 0.98
_FORGOTTEN = 0.03
"""A code that is used more rarely than so often in a step is moved to where vectors are."""


class Quantizer(nn.Module):
    """`books` tables of `codes` vectors of width `latent`, moved by running means, not by gradients."""

    tables: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, books: int, codes: int, latent: int) -> None:
        super().__init__()
        self.register_buffer("tables", torch.zeros(books, codes, latent))
        self.register_buffer("counts", torch.ones(books, codes))
        self.register_buffer("sums", torch.zeros(books, codes, latent))

    def codes(self, latents: Tensor) -> Tensor:
        """(..., latent) -> (..., books), each the nearest to what is left; int64."""
        left, chosen = latents.detach().float(), []
        for table in self.tables:
            codes = _nearest(left, table)
            chosen.append(codes)
            left = left - table[codes]
        return torch.stack(chosen, -1)

    def vectors(self, codes: Tensor) -> Tensor:
        """(..., books) -> (..., latent)."""
        books = torch.arange(len(self.tables))
        return self.tables[books, codes].sum(-2)

    def forward(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest vectors, with the gradient going to ``latents``, and how far ``latents`` are from them."""
        near = self.vectors(self.codes(latents))
        return latents + (near - latents).detach(), F.mse_loss(latents, near)

    @torch.no_grad()
    def follow(self, latents: Tensor) -> None:
        """Move the tables towards (vectors, latent) of a step."""
        left = latents.float()
        for book, table in enumerate(self.tables):
            codes = _nearest(left, table)
            hits = F.one_hot(codes, len(table)).float()
            self.counts[book].mul_(DECAY).add_(hits.sum(0), alpha=1 - DECAY)
            self.sums[book].mul_(DECAY).add_(hits.T @ left, alpha=1 - DECAY)
            forgotten = (self.counts[book] < _FORGOTTEN).nonzero()[:, 0][: len(left)]
            if len(forgotten):
                self.sums[book, forgotten] = left[torch.randperm(len(left))[: len(forgotten)]]
                self.counts[book, forgotten] = 1.0
            left = left - table[codes]
            table.copy_(self.sums[book] / self.counts[book, :, None].clamp(min=1e-4))

    @torch.no_grad()
    def fit(self, latents: Tensor, rounds: int = 12) -> float:
        """Tables anew from (vectors, latent) by k-means, book after book; returns the share that is left over."""
        left = latents.float()
        for book, table in enumerate(self.tables):
            table.copy_(left[torch.randperm(len(left))[: len(table)]])
            for _ in range(rounds):
                codes = _nearest(left, table)
                counts = torch.bincount(codes, minlength=len(table)).float()
                sums = torch.zeros_like(table).index_add_(0, codes, left)
                empty = counts == 0
                sums[empty] = left[torch.randperm(len(left))[: int(empty.sum())]]
                table.copy_(sums / counts.clamp(min=1)[:, None])
            codes = _nearest(left, table)
            per_step = 200 / len(left)
            self.counts[book] = torch.bincount(codes, minlength=len(table)).float().clamp(min=1) * per_step
            self.sums[book] = table * self.counts[book, :, None]
            left = left - table[codes]
        return float(left.square().mean() / latents.float().var(0).mean())


def _nearest(vectors: Tensor, table: Tensor) -> Tensor:
    return (vectors @ table.T * 2 - table.square().sum(-1)).argmax(-1)
