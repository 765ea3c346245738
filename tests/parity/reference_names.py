"""GGUF tensors under the names that liquid-audio gives them: the official conversion, backwards."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

BATCH_NORM_EPS = 1e-5

_BACKBONE = {
    "token_embd.weight": "lfm.embed_tokens.weight",
    "token_embd_norm.weight": "lfm.embedding_norm.weight",
}
_BACKBONE_LAYER = {
    "attn_norm": "operator_norm",
    "ffn_norm": "ffn_norm",
    "ffn_gate": "feed_forward.w1",
    "ffn_up": "feed_forward.w3",
    "ffn_down": "feed_forward.w2",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.out_proj",
    "attn_q_norm": "self_attn.q_layernorm",
    "attn_k_norm": "self_attn.k_layernorm",
    "shortconv.conv": "conv.conv",
    "shortconv.in_proj": "conv.in_proj",
    "shortconv.out_proj": "conv.out_proj",
}
_ENCODER_LAYER = {
    "ffn_norm": "norm_feed_forward1",
    "ffn_up": "feed_forward1.linear1",
    "ffn_down": "feed_forward1.linear2",
    "ffn_norm_1": "norm_feed_forward2",
    "ffn_up_1": "feed_forward2.linear1",
    "ffn_down_1": "feed_forward2.linear2",
    "ln1": "norm_self_att",
    "ln2": "norm_out",
    "attn_q": "self_attn.linear_q",
    "attn_k": "self_attn.linear_k",
    "attn_v": "self_attn.linear_v",
    "attn_out": "self_attn.linear_out",
    "linear_pos": "self_attn.linear_pos",
    "pos_bias_u": "self_attn.pos_bias_u",
    "pos_bias_v": "self_attn.pos_bias_v",
    "norm_conv": "norm_conv",
    "conv_pw1": "conv.pointwise_conv1",
    "conv_dw": "conv.depthwise_conv",
    "conv_norm": "conv.batch_norm",
    "conv_pw2": "conv.pointwise_conv2",
}


def reference_name(name: str) -> str:  # noqa: PLR0911
    """Name of a GGUF tensor in the state of ``LFM2AudioModel``."""
    if name in _BACKBONE:
        return _BACKBONE[name]
    if name == "a.position_embd.weight":
        return "audio_embedding.embedding.weight"
    if found := re.fullmatch(r"a\.conv1d\.(\d)\.(weight|bias)", name):
        return f"conformer.pre_encode.conv.{found[1]}.{found[2]}"
    if found := re.fullmatch(r"a\.pre_encode\.out\.(weight|bias)", name):
        return f"conformer.pre_encode.out.{found[1]}"
    if found := re.fullmatch(r"mm\.a\.mlp\.(\d)\.(weight|bias)", name):
        return f"audio_adapter.model.{found[1]}.{found[2]}"
    if found := re.fullmatch(r"blk\.(\d+)\.(.+)\.weight", name):
        return f"lfm.layers.{found[1]}.{_BACKBONE_LAYER[found[2]]}.weight"
    if found := re.fullmatch(r"a\.blk\.(\d+)\.(\w+?)(\.weight|\.bias|)", name):
        return f"conformer.layers.{found[1]}.{_ENCODER_LAYER[found[2]]}{found[3]}"
    raise KeyError(name)


def reference_state(
    arrays: tuple[Mapping[str, NDArray[np.float32]], ...], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """All arrays under the reference's names and in its ``shapes``, with batch norms that do nothing more.

    The audio embedding is longer there than the position table of a tiny model; it plays no part in what is
    compared and is left out.
    """
    state: dict[str, NDArray[np.float32]] = {}
    for part in arrays:
        for name, array in part.items():
            target = reference_name(name)
            if target == "audio_embedding.embedding.weight":
                continue
            state[target] = array.reshape(shapes[target])
            if target.endswith("batch_norm.weight"):
                stem = target.removesuffix("weight")
                state[stem + "running_mean"] = np.zeros_like(array)
                # The layer divides by sqrt(variance + eps), which must be one.
                state[stem + "running_var"] = np.full_like(array, np.float32(1) - np.float32(BATCH_NORM_EPS))
    return state
