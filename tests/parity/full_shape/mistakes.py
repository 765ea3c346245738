"""Mistakes made in the reference on purpose: what the comparison has to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tests.parity.speech_reference import SpeechReference

THETA = 900_000.0
"""For the rotary positions, in place of 1,000,000."""


@dataclass(frozen=True)
class Mistake:
    """One of them, while ``made`` is entered."""

    what: str
    made: AbstractContextManager[None]


def mistakes(reference: SpeechReference, name: str) -> Iterator[Mistake]:
    """Those that have to be seen in what is called ``name``."""
    if name.startswith("embeddings"):
        yield Mistake("position biases exchanged in the last layer", _biases(reference))
    elif name.startswith("logits"):
        yield Mistake("rope theta 900,000", _backbone_theta(reference))
        yield Mistake("keys of two heads exchanged in the last attention layer", _keys(reference))
    elif name.startswith("codes"):
        yield Mistake("rope theta 900,000", _depthformer_theta(reference))
    elif name.startswith("sound"):
        yield Mistake("a window of 29", _window(reference, -1))
        yield Mistake("a window of 31", _window(reference, 1))


@contextmanager
def _biases(reference: SpeechReference) -> Iterator[None]:
    attention = reference.model.conformer.layers[-1].self_attn
    with _replaced(attention, "pos_bias_u", attention.pos_bias_v):
        yield


@contextmanager
def _backbone_theta(reference: SpeechReference) -> Iterator[None]:
    rotary = reference.model.lfm.rotary_emb
    count = len(rotary.inv_freq)
    with _replaced(rotary, "inv_freq", 1 / THETA ** (torch.arange(count) / count)):
        yield


@contextmanager
def _keys(reference: SpeechReference) -> Iterator[None]:
    attention = [layer.self_attn for layer in reference.model.lfm.layers if hasattr(layer, "self_attn")]
    projection, size = attention[-1].k_proj, reference.sizes.backbone.head_size
    exchanged = projection.weight.detach().clone()
    exchanged[: 2 * size] = exchanged[: 2 * size].roll(size, 0)
    with _replaced(projection, "weight", torch.nn.Parameter(exchanged, requires_grad=False)):
        yield


@contextmanager
def _depthformer_theta(reference: SpeechReference) -> Iterator[None]:
    from liquid_audio.model.transformer import precompute_freqs_cis

    layers = [layer for layer in reference.model.depthformer.modules() if hasattr(layer, "freqs_cis")]
    kept = [layer.freqs_cis for layer in layers]
    try:
        for layer in layers:
            layer.freqs_cis = precompute_freqs_cis(layer.head_dim, 64, THETA)
        yield
    finally:
        for layer, frequencies in zip(layers, kept, strict=True):
            layer.freqs_cis = frequencies


@contextmanager
def _window(reference: SpeechReference, more: int) -> Iterator[None]:
    size = reference.detokenizer.sliding_window_size
    with _replaced(reference.detokenizer, "sliding_window_size", size + more):
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)
