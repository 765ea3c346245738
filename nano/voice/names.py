"""Parameters of nano's voice and of its detokenizer, and the tensors of their files: names both ways."""

from __future__ import annotations

from collections.abc import Iterator

from nano.names import backbone_names
from nano.shape import BackboneShape
from nano.voice.shape import VoiceShape
from wyoming_lfm2.gguf.detokenizer_layout import DENSE_BIAS, DENSE_WEIGHT
from wyoming_lfm2.gguf.vocoder_layout import AUDIO_EMBEDDING, DEPTH_LINEAR, book, layer

_LAYER = {
    "operator_norm": "operator_norm", "qkv": "operator.qkv_proj", "out": "operator.out_proj",
    "q_norm": "operator.attention.q_layernorm", "k_norm": "operator.attention.k_layernorm",
    "ffn_norm": "ffn_norm", "gate": "feed_forward.w1", "down": "feed_forward.w2", "up": "feed_forward.w3",
}  # fmt: skip


def vocoder_names(shape: VoiceShape) -> Iterator[tuple[str, str]]:
    """(parameter of Voice, tensor of the vocoder file); the detokenizer's input table is not one of them."""
    yield "audio_embedding.weight", AUDIO_EMBEDDING
    for end in ("weight", "bias"):
        yield f"depthformer.depth_linear.{end}", f"{DEPTH_LINEAR}.{end}"
    for number in range(shape.layers):
        for ours, theirs in _LAYER.items():
            yield f"depthformer.layers.{number}.{ours}.weight", layer(number, theirs)
    for number in range(shape.books):
        for name in ("embedding", "embedding_norm", "to_logits"):
            yield f"depthformer.books.{number}.{name}.weight", book(number, name)


def detokenizer_names(shape: BackboneShape) -> Iterator[tuple[str, str]]:
    """(parameter of Detokenizer, tensor of its file); the token embedding that nothing uses is not one of them."""
    yield "out.weight", DENSE_WEIGHT
    yield "out.bias", DENSE_BIAS
    for ours, theirs in backbone_names(shape):
        if ours != "backbone.embedding.weight":
            yield ours.removeprefix("backbone."), theirs
