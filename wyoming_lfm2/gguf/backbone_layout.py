"""What a backbone file holds: architecture ``lfm2``, as llama.cpp loads it and its converter writes it."""

from __future__ import annotations

from dataclasses import dataclass

ARCHITECTURE = "lfm2"

MAX_LAYERS = 512
"""LLAMA_MAX_LAYERS; more of them end the process."""


@dataclass(frozen=True)
class BackboneHyperparameters:
    """The sizes of a backbone."""

    n_embd: int
    n_ff: int
    n_head: int
    n_head_kv: tuple[int, ...]
    """Key-value heads of each layer; 0 makes it a short convolution."""
    n_vocab: int
    n_ctx_train: int = 128_000
    """As the released files say; how much is used is a setting of the engine."""
    shortconv_l_cache: int = 3
    """Width of the short convolution, in tokens."""
    rope_freq_base: float = 1_000_000.0
    rms_eps: float = 1e-5

    @property
    def n_layer(self) -> int:
        """Layers of both kinds."""
        return len(self.n_head_kv)

    @property
    def head_size(self) -> int:
        """Numbers in one attention head."""
        return self.n_embd // self.n_head


@dataclass(frozen=True)
class TensorSpec:
    """One tensor of a file: ``shape`` in llama.cpp's order (fastest first; NumPy's is the reverse)."""

    name: str
    shape: tuple[int, ...]
    quantized: bool
    """Whether the official converter stores it in the file's quantisation; the others are F32."""


def backbone_tensors(sizes: BackboneHyperparameters) -> tuple[TensorSpec, ...]:
    """All tensors of a backbone, in the order of the official files. The head is tied to ``token_embd``."""
    width = sizes.n_embd
    specs = [TensorSpec("token_embd.weight", (width, sizes.n_vocab), True)]
    for layer, n_head_kv in enumerate(sizes.n_head_kv):
        prefix = f"blk.{layer}"
        specs += [
            TensorSpec(f"{prefix}.attn_norm.weight", (width,), False),
            TensorSpec(f"{prefix}.ffn_norm.weight", (width,), False),
            TensorSpec(f"{prefix}.ffn_gate.weight", (width, sizes.n_ff), True),
            TensorSpec(f"{prefix}.ffn_down.weight", (sizes.n_ff, width), True),
            TensorSpec(f"{prefix}.ffn_up.weight", (width, sizes.n_ff), True),
        ]
        if n_head_kv:
            key_width = n_head_kv * sizes.head_size
            specs += [
                TensorSpec(f"{prefix}.attn_q_norm.weight", (sizes.head_size,), False),
                TensorSpec(f"{prefix}.attn_k_norm.weight", (sizes.head_size,), False),
                TensorSpec(f"{prefix}.attn_q.weight", (width, width), True),
                TensorSpec(f"{prefix}.attn_k.weight", (width, key_width), True),
                TensorSpec(f"{prefix}.attn_v.weight", (width, key_width), True),
                TensorSpec(f"{prefix}.attn_output.weight", (width, width), True),
            ]
        else:
            specs += [
                TensorSpec(f"{prefix}.shortconv.conv.weight", (sizes.shortconv_l_cache, width), False),
                TensorSpec(f"{prefix}.shortconv.in_proj.weight", (width, 3 * width), True),
                TensorSpec(f"{prefix}.shortconv.out_proj.weight", (width, width), True),
            ]
    # llama.cpp calls the norm before the head by this name for lfm2.
    specs.append(TensorSpec("token_embd_norm.weight", (width,), False))
    return tuple(specs)


RELEASED_1_5B = BackboneHyperparameters(
    n_embd=2048,
    n_ff=8192,
    n_head=32,
    n_head_kv=tuple(8 if kind == "a" else 0 for kind in "ccaccaccacacacac"),
    n_vocab=65536,
)
"""Sizes of every released LFM2-Audio backbone."""
