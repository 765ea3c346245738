"""How far a sound is from another to the ear: spectrograms at several resolutions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from nano.codec.spectrum import magnitudes, mel_filters

_RESOLUTIONS = ((512, 160), (1024, 240), (2048, 480))
"""Window and step in samples."""
_MELS = 80


def spectral_loss(made: Tensor, true: Tensor) -> Tensor:
    """Mean distance of (batch, samples): of magnitudes, of their logarithms, of log mels."""
    total = made.new_zeros(())
    for fft, hop in _RESOLUTIONS:
        a, b = magnitudes(made, fft, hop), magnitudes(true, fft, hop)
        convergence = torch.linalg.vector_norm(a - b) / torch.linalg.vector_norm(b).clamp(min=1e-3)
        logs = F.l1_loss(a.clamp(min=1e-3).log(), b.clamp(min=1e-3).log())
        bank = mel_filters(_MELS, fft)
        mels = F.l1_loss((a @ bank).clamp(min=1e-5).log(), (b @ bank).clamp(min=1e-5).log())
        total = total + convergence + 0.5 * logs + mels
    return total / len(_RESOLUTIONS)
