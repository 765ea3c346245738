"""A depthformer in NumPy, straight from the vocoder's tensors, turning neighbouring numbers of a head together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.gguf.vocoder_layout import RMS_EPS, ROPE_FREQ_BASE, VocoderHyperparameters, layer

Array = NDArray[np.float64]


def run_depthformer(
    arrays: Mapping[str, NDArray[np.float32]], sizes: VocoderHyperparameters, inputs: Array
) -> Array:
    """Hidden states behind the last layer, before any norm, in float64: (n, n_embd) to (n, n_embd)."""
    hidden = inputs
    for number in range(sizes.n_layer):
        weights = {
            name.removeprefix(f"depthformer.layers.{number}.").removesuffix(".weight"): arrays[name].astype(
                np.float64
            )
            for name in arrays
            if name.startswith(layer(number, "").removesuffix(".weight"))
        }
        hidden = hidden + _attention(weights, sizes, _norm(hidden, weights["operator_norm"]))
        normed = _norm(hidden, weights["ffn_norm"])
        gate = normed @ weights["feed_forward.w1"].T
        up = normed @ weights["feed_forward.w3"].T
        hidden = hidden + (gate / (1 + np.exp(-gate)) * up) @ weights["feed_forward.w2"].T
    return hidden


def _norm(rows: Array, weight: Array) -> Array:
    result: Array = rows / np.sqrt(np.square(rows).mean(-1, keepdims=True) + RMS_EPS) * weight
    return result


def _attention(weights: Mapping[str, Array], sizes: VocoderHyperparameters, rows: Array) -> Array:
    head, n_kv = sizes.head_size, sizes.n_head_kv
    qkv = rows @ weights["operator.qkv_proj"].T
    queries, keys, values = np.split(qkv, [sizes.n_embd, sizes.n_embd + n_kv * head], axis=1)
    queries = _turned(_norm(queries.reshape(len(rows), -1, head), weights["operator.attention.q_layernorm"]))
    keys = _turned(_norm(keys.reshape(len(rows), -1, head), weights["operator.attention.k_layernorm"]))
    shared = sizes.n_head // n_kv
    keys = keys.repeat(shared, axis=1)
    values = values.reshape(len(rows), -1, head).repeat(shared, axis=1)
    scores = np.einsum("qhd,khd->hqk", queries, keys) / np.sqrt(head)
    scores[:, ~np.tri(len(rows), dtype=bool)] = -np.inf
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = np.einsum("hqk,khd->qhd", shares, values).reshape(len(rows), -1)
    result: Array = mixed @ weights["operator.out_proj"].T
    return result


def _turned(heads: Array) -> Array:
    """Rotary positions 0, 1, 2... of (n, heads, head_size)."""
    half = heads.shape[-1] // 2
    angles = np.arange(len(heads))[:, None] * ROPE_FREQ_BASE ** (-np.arange(half) / half)
    turned = (heads[..., 0::2] + 1j * heads[..., 1::2]) * np.exp(1j * angles)[:, None, :]
    return np.stack([turned.real, turned.imag], axis=-1).reshape(heads.shape)
