"""nano's parameters and the tensors of its model files: names both ways."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nano.model import Nano
from nano.shape import BackboneShape, EncoderShape

Floats = npt.NDArray[np.float32]

_ENCODER_LAYER = {
    "norm_ff1": "ffn_norm", "ff1.up": "ffn_up", "ff1.down": "ffn_down",
    "norm_att": "ln1", "att.q": "attn_q", "att.k": "attn_k", "att.v": "attn_v", "att.o": "attn_out",
    "norm_conv": "norm_conv", "conv.pw1": "conv_pw1", "conv.pw2": "conv_pw2",
    "norm_ff2": "ffn_norm_1", "ff2.up": "ffn_up_1", "ff2.down": "ffn_down_1", "norm_out": "ln2",
}  # fmt: skip
_ENCODER_LAYER_PLAIN = {
    "att.pos.weight": "linear_pos.weight", "att.bias_u": "pos_bias_u", "att.bias_v": "pos_bias_v",
    "conv.dw_weight": "conv_dw.weight", "conv.dw_bias": "conv_dw.bias",
    "conv.norm_weight": "conv_norm.weight", "conv.norm_bias": "conv_norm.bias",
}  # fmt: skip
_BACKBONE_LAYER = {
    "operator_norm": "attn_norm", "ffn_norm": "ffn_norm", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}  # fmt: skip
_CONVOLUTION = {
    "in_proj.weight": "in_proj.weight",
    "out_proj.weight": "out_proj.weight",
    "taps": "conv.weight",
}
_ATTENTION = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "o": "attn_output",
    "q_norm": "attn_q_norm",
    "k_norm": "attn_k_norm",
}

POSITIONS = "a.position_embd.weight"
"""Not a parameter: llama.cpp takes the output width and the longest audio from its shape."""


def encoder_names(shape: EncoderShape) -> Iterator[tuple[str, str]]:
    """(parameter, tensor of the mmproj file) for encoder and adapter."""
    for end in ("weight", "bias"):
        for place in (0, 2, 3, 5, 6):
            yield f"encoder.subsampling.conv{place}.{end}", f"a.conv1d.{place}.{end}"
        yield f"encoder.subsampling.out.{end}", f"a.pre_encode.out.{end}"
        for ours, place in (("norm", 0), ("up", 1), ("down", 3)):
            yield f"adapter.{ours}.{end}", f"mm.a.mlp.{place}.{end}"
        for layer in range(shape.layers):
            for ours, theirs in _ENCODER_LAYER.items():
                yield f"encoder.layers.{layer}.{ours}.{end}", f"a.blk.{layer}.{theirs}.{end}"
    for layer in range(shape.layers):
        for ours, theirs in _ENCODER_LAYER_PLAIN.items():
            yield f"encoder.layers.{layer}.{ours}", f"a.blk.{layer}.{theirs}"


def backbone_names(shape: BackboneShape) -> Iterator[tuple[str, str]]:
    """(parameter, tensor of the backbone file)."""
    yield "backbone.embedding.weight", "token_embd.weight"
    yield "backbone.norm.weight", "token_embd_norm.weight"
    for layer, kind in enumerate(shape.pattern):
        for ours, theirs in _BACKBONE_LAYER.items():
            yield f"backbone.layers.{layer}.{ours}.weight", f"blk.{layer}.{theirs}.weight"
        if kind == "a":
            for ours, theirs in _ATTENTION.items():
                yield f"backbone.layers.{layer}.operator.{ours}.weight", f"blk.{layer}.{theirs}.weight"
        else:
            for ours, theirs in _CONVOLUTION.items():
                yield f"backbone.layers.{layer}.operator.{ours}", f"blk.{layer}.shortconv.{theirs}"


def _channel_bias(name: str) -> bool:
    return name.startswith("encoder.subsampling.conv") and name.endswith("bias")


def _transposed(name: str) -> bool:
    return name.endswith(("conv.dw_weight", "operator.taps"))


def to_file(name: str, parameter: Tensor) -> Floats:
    """A parameter as the file has it."""
    array = parameter.detach().float().numpy()
    if _transposed(name):
        array = array.T
    if _channel_bias(name):
        array = array[:, None, None]
    return np.ascontiguousarray(array)


def from_file(name: str, array: Floats) -> Tensor:
    """The opposite of `to_file`."""
    if _transposed(name):
        array = array.T
    if _channel_bias(name):
        array = array[:, 0, 0]
    return torch.from_numpy(np.ascontiguousarray(array))


def all_names(model: Nano) -> list[tuple[str, str]]:
    """Every parameter that is shipped, with its tensor."""
    return [*encoder_names(model.shape.encoder), *backbone_names(model.shape.backbone)]
