"""What a vocoder file holds: the depthformer, which makes audio codes, and the tables that codes are looked up in.

The names are those of the official converter, which writes no architecture of llama.cpp's: the matrices of the
layers are rewritten for it by `gguf.depthformer_file`, the tables are read by `gguf.vocoder_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.gguf.backbone_layout import TensorSpec

ARCHITECTURE = "this model cannot be used as LLM"
"""Where other files have the name of an architecture, vocoder files have a sentence."""

LAYER_COUNT = "depthformer_n_layer"
WIDTH = "depthformer_n_embd"

ROPE_FREQ_BASE = 1_000_000.0
RMS_EPS = 1e-5
"""Of every norm. No key says these two; the reference's code does (``liquid_audio.model.transformer.MHA``)."""

DEPTH_LINEAR = "depth_linear"
AUDIO_EMBEDDING = "audio_embedding.embedding.weight"
CODE_EMBEDDING = "emb.emb.weight"
"""The detokenizer's input table."""

UNUSED = ("audio_embedding.embedding_norm.weight", "audio_embedding.to_logits.weight")
"""Official files carry these two as well; nothing reads them."""


@dataclass(frozen=True)
class VocoderHyperparameters:
    """The sizes of a vocoder, all of them told by its tensors."""

    n_layer: int
    """Layers of the depthformer."""
    n_embd: int
    """Width of the depthformer."""
    n_ff: int
    n_head: int
    n_head_kv: int
    n_codebooks: int
    """Codes in one frame; the depthformer makes as many steps."""
    n_codes: int
    """Codes of one book that are sound. The number after the last of them is end-of-audio."""
    n_embd_backbone: int
    """Width of the backbone, whose hidden state comes in and whose input a frame becomes."""
    n_embd_detokenizer: int | None
    """Width of the detokenizer's input table; None for a file without it, as the first release's."""

    @property
    def head_size(self) -> int:
        """Numbers in one attention head."""
        return self.n_embd // self.n_head

    @property
    def end_of_audio(self) -> int:
        """The code that ends speech; the last row of every code table but the detokenizer's."""
        return self.n_codes

    @property
    def n_rows(self) -> int:
        """Rows of one book's table, end-of-audio included."""
        return self.n_codes + 1


def layer(number: int, name: str) -> str:
    """Name of a tensor of one layer of the depthformer."""
    return f"depthformer.layers.{number}.{name}.weight"


def book(number: int, name: str) -> str:
    """Name of a tensor of one codebook: ``embedding``, ``embedding_norm`` or ``to_logits``."""
    return f"depth_embeddings.{number}.{name}.weight"


def vocoder_tensors(sizes: VocoderHyperparameters) -> tuple[TensorSpec, ...]:
    """All tensors that speech needs of a vocoder file."""
    width = sizes.n_embd
    key_width = sizes.n_head_kv * sizes.head_size
    specs = []
    for number in range(sizes.n_layer):
        specs += [
            TensorSpec(layer(number, "operator_norm"), (width,), False),
            # Rows of the queries, then of the keys, then of the values.
            TensorSpec(layer(number, "operator.qkv_proj"), (width, width + 2 * key_width), True),
            TensorSpec(layer(number, "operator.out_proj"), (width, width), True),
            TensorSpec(layer(number, "operator.attention.q_layernorm"), (sizes.head_size,), False),
            TensorSpec(layer(number, "operator.attention.k_layernorm"), (sizes.head_size,), False),
            TensorSpec(layer(number, "ffn_norm"), (width,), False),
            TensorSpec(layer(number, "feed_forward.w1"), (width, sizes.n_ff), True),
            TensorSpec(layer(number, "feed_forward.w2"), (sizes.n_ff, width), True),
            TensorSpec(layer(number, "feed_forward.w3"), (width, sizes.n_ff), True),
        ]
    inputs = sizes.n_codebooks * width
    specs.append(TensorSpec(f"{DEPTH_LINEAR}.weight", (sizes.n_embd_backbone, inputs), True))
    specs.append(TensorSpec(f"{DEPTH_LINEAR}.bias", (inputs,), False))
    for number in range(sizes.n_codebooks):
        specs += [
            TensorSpec(book(number, "embedding"), (width, sizes.n_rows), True),
            TensorSpec(book(number, "embedding_norm"), (width,), False),
            TensorSpec(book(number, "to_logits"), (width, sizes.n_rows), True),
        ]
    rows = sizes.n_codebooks * sizes.n_rows
    specs.append(TensorSpec(AUDIO_EMBEDDING, (sizes.n_embd_backbone, rows), True))
    if sizes.n_embd_detokenizer is not None:
        codes = sizes.n_codebooks * sizes.n_codes
        specs.append(TensorSpec(CODE_EMBEDDING, (sizes.n_embd_detokenizer, codes), True))
    return tuple(specs)


RELEASED_1_5B = VocoderHyperparameters(
    n_layer=6,
    n_embd=1024,
    n_ff=2816,
    n_head=32,
    n_head_kv=8,
    n_codebooks=8,
    n_codes=2048,
    n_embd_backbone=2048,
    n_embd_detokenizer=512,
)
"""Sizes of the LFM2.5-Audio vocoders."""
