"""What an mmproj file holds: projector ``lfm2a``, a FastConformer encoder and its adapter."""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.gguf.backbone_layout import TensorSpec

ARCHITECTURE = "clip"
PROJECTOR = "lfm2a"

D_MODEL = 512
"""Fixed in llama.cpp: the sinusoids of the relative positions are made for this width."""
CONV_KERNEL = 9
"""Fixed in llama.cpp, which pads the depthwise convolution by 4 on each side."""
MEL_BINS = 128
MIN_POSITIONS = 50
"""Rows of the position table that one second of audio takes; a model with fewer would be of no use."""
SUBSAMPLING = 8
"""Mel frames to one embedding."""
MEL_FRAME_SAMPLES = 160
"""At 16 kHz."""
CONV_LAYERS = (0, 2, 3, 5, 6)
"""Places of the subsampling's convolutions; 2 and 5 are depthwise."""


@dataclass(frozen=True)
class EncoderHyperparameters:
    """The sizes of an encoder and its adapter."""

    n_layer: int
    n_ff: int
    n_embd_out: int
    """Width of the embeddings that come out: the backbone's."""
    n_adapter: int
    """Width inside the adapter."""
    n_positions: int
    """Rows of the position table; llama.cpp takes two mel frames for each, at most."""
    n_head: int = 8
    n_channels: int = 256
    """Channels of the subsampling."""

    @property
    def longest_mel_frames(self) -> int:
        """More than this ends the process inside llama.cpp."""
        return 2 * self.n_positions + 1


def subsampled_mel_bins() -> int:
    """Mel bins after three convolutions of stride 2."""
    bins = MEL_BINS
    for _ in range(3):
        bins = (bins + 1) // 2
    return bins


def encoder_tensors(sizes: EncoderHyperparameters) -> tuple[TensorSpec, ...]:
    """All tensors that llama.cpp needs of an mmproj file.

    ``a.position_embd.weight`` is the model's audio embedding under the converter's name for it. llama.cpp
    computes no position from it: it takes the output width from its rows and the longest audio from their
    number. The official converter keeps every convolution in F32, pointwise ones too.
    """
    channels = sizes.n_channels
    specs = [TensorSpec("a.position_embd.weight", (sizes.n_embd_out, sizes.n_positions), False)]
    kernels = {0: (3, 3, 1), 2: (3, 3, 1), 3: (1, 1, channels), 5: (3, 3, 1), 6: (1, 1, channels)}
    for place in CONV_LAYERS:
        specs.append(TensorSpec(f"a.conv1d.{place}.weight", (*kernels[place], channels), False))
        specs.append(TensorSpec(f"a.conv1d.{place}.bias", (1, 1, channels), False))
    specs.append(TensorSpec("a.pre_encode.out.weight", (channels * subsampled_mel_bins(), D_MODEL), True))
    specs.append(TensorSpec("a.pre_encode.out.bias", (D_MODEL,), False))
    for layer in range(sizes.n_layer):
        specs += _layer_tensors(f"a.blk.{layer}", sizes)
    for place, n_in, n_out in ((1, D_MODEL, sizes.n_adapter), (3, sizes.n_adapter, sizes.n_embd_out)):
        specs.append(TensorSpec(f"mm.a.mlp.{place}.weight", (n_in, n_out), True))
        specs.append(TensorSpec(f"mm.a.mlp.{place}.bias", (n_out,), False))
    specs.append(TensorSpec("mm.a.mlp.0.weight", (D_MODEL,), False))
    specs.append(TensorSpec("mm.a.mlp.0.bias", (D_MODEL,), False))
    return tuple(specs)


def _layer_tensors(prefix: str, sizes: EncoderHyperparameters) -> list[TensorSpec]:
    head = (D_MODEL // sizes.n_head, sizes.n_head)
    specs = [
        TensorSpec(f"{prefix}.pos_bias_u", head, False),
        TensorSpec(f"{prefix}.pos_bias_v", head, False),
        TensorSpec(f"{prefix}.linear_pos.weight", (D_MODEL, D_MODEL), True),
        TensorSpec(f"{prefix}.conv_dw.weight", (CONV_KERNEL, D_MODEL), False),
        TensorSpec(f"{prefix}.conv_dw.bias", (D_MODEL,), False),
        TensorSpec(f"{prefix}.conv_pw1.weight", (D_MODEL, 2 * D_MODEL), False),
        TensorSpec(f"{prefix}.conv_pw1.bias", (2 * D_MODEL,), False),
        TensorSpec(f"{prefix}.conv_pw2.weight", (D_MODEL, D_MODEL), False),
        TensorSpec(f"{prefix}.conv_pw2.bias", (D_MODEL,), False),
    ]
    for name in ("ffn_norm", "ffn_norm_1", "ln1", "ln2", "norm_conv", "conv_norm"):
        specs.append(TensorSpec(f"{prefix}.{name}.weight", (D_MODEL,), False))
        specs.append(TensorSpec(f"{prefix}.{name}.bias", (D_MODEL,), False))
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        specs.append(TensorSpec(f"{prefix}.{name}.weight", (D_MODEL, D_MODEL), True))
        specs.append(TensorSpec(f"{prefix}.{name}.bias", (D_MODEL,), False))
    for suffix in ("", "_1"):
        specs.append(TensorSpec(f"{prefix}.ffn_up{suffix}.weight", (D_MODEL, sizes.n_ff), True))
        specs.append(TensorSpec(f"{prefix}.ffn_up{suffix}.bias", (sizes.n_ff,), False))
        specs.append(TensorSpec(f"{prefix}.ffn_down{suffix}.weight", (sizes.n_ff, D_MODEL), True))
        specs.append(TensorSpec(f"{prefix}.ffn_down{suffix}.bias", (D_MODEL,), False))
    return specs


RELEASED_1_5B = EncoderHyperparameters(
    n_layer=17, n_ff=2048, n_embd_out=2048, n_adapter=2048, n_positions=8 * 2049
)
"""Sizes of every released LFM2-Audio encoder."""
