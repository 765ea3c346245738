"""Headers that are wrong in one way each, and a word that the refusal must have.

Those named ODD are unexpected and harmless: the word is one that the warning must have.
"""

from __future__ import annotations

from collections.abc import Callable

from gguf.constants import GGMLQuantizationType as Type

from tests.gguf.gguf_draft import Draft, DraftTensor
from tests.model_sets import TINY_BACKBONE
from wyoming_lfm2.gguf.header import Value, ValueType
from wyoming_lfm2.gguf.tokenizer import IM_END

Change = Callable[[Draft], object]


def token(draft: Draft, old: str, new: bytes) -> None:
    """Writes another text for one token."""
    tokens = draft.metadata["tokenizer.ggml.tokens"]
    items = tuple(new if item == old.encode() else item for item in tokens.items or ())
    draft.metadata["tokenizer.ggml.tokens"] = Value(ValueType.STRING, None, items)  # type: ignore[arg-type]


def vocoder(draft: Draft) -> None:
    """Names the architecture as vocoder files do, with a sentence."""
    draft.scalar("general.architecture", ValueType.STRING, "This file cannot be used as LLM")
    draft.number("depthformer_n_layer", 6)


BACKBONE_CHANGES: dict[str, tuple[Change, str]] = {
    "a llama model": (lambda d: d.scalar("general.architecture", ValueType.STRING, "llama"), "'llama'"),
    "a vocoder": (vocoder, "vocoder file"),
    "no architecture": (lambda d: d.metadata.pop("general.architecture"), "general.architecture"),
    "a detokenizer": (lambda d: d.number("lfm2.embedding_length_out", 1282), "detokenizer"),
    "a sliding window": (lambda d: d.number("lfm2.attention.sliding_window", 30), "sliding window"),
    "experts": (lambda d: d.number("lfm2.expert_count", 8), "experts"),
    "a split model": (lambda d: d.scalar("split.count", ValueType.UINT16, 3), "several files"),
    "no vocabulary": (lambda d: d.scalar("tokenizer.ggml.model", ValueType.STRING, "none"), "no vocabulary"),
    "another vocabulary": (
        lambda d: d.scalar("tokenizer.ggml.model", ValueType.STRING, "llama"),
        "kind llama",
    ),
    "no merges": (lambda d: d.metadata.pop("tokenizer.ggml.merges"), "tokenizer.ggml.merges"),
    "merges as numbers": (lambda d: d.array("tokenizer.ggml.merges", ValueType.INT32, 1), "list of strings"),
    "no tokens": (lambda d: d.array("tokenizer.ggml.tokens", ValueType.STRING), "vocabulary is empty"),
    "a token twice": (lambda d: token(d, "!", b"?"), "a token twice"),
    "a special token less": (lambda d: token(d, IM_END, b"<|other|>"), "<|im_end|>"),
    "token types of strings": (
        lambda d: d.array("tokenizer.ggml.token_type", ValueType.STRING),
        "token_type",
    ),
    "too few token types": (
        lambda d: d.array("tokenizer.ggml.token_type", ValueType.INT32, 1, 1),
        "token_type",
    ),
    "special tokens as words": (
        lambda d: d.array("tokenizer.ggml.token_type", ValueType.INT32, *[1] * TINY_BACKBONE.n_vocab),
        "no control token",
    ),
    "no layer count": (lambda d: d.metadata.pop("lfm2.block_count"), "lfm2.block_count"),
    "no layers": (lambda d: d.number("lfm2.block_count", 0), "lfm2.block_count"),
    "a million layers": (lambda d: d.number("lfm2.block_count", 10**6), "lfm2.block_count"),
    "a layer too many": (lambda d: d.number("lfm2.block_count", 5), "4 values for 5 layers"),
    "layers as a string": (lambda d: d.scalar("lfm2.block_count", ValueType.STRING, "4"), "uint32"),
    "layers as a list": (lambda d: d.array("lfm2.block_count", ValueType.UINT32, 4), "uint32"),
    "another width": (lambda d: d.number("lfm2.embedding_length", 512), "512"),
    "another inner width": (lambda d: d.number("lfm2.feed_forward_length", 1024), "ffn_gate"),
    "no context length": (lambda d: d.metadata.pop("lfm2.context_length"), "lfm2.context_length"),
    "a convolution of width 1": (lambda d: d.number("lfm2.shortconv.l_cache", 1), "l_cache"),
    "another convolution": (lambda d: d.number("lfm2.shortconv.l_cache", 4), "shortconv.conv"),
    "no rms epsilon": (lambda d: d.metadata.pop("lfm2.attention.layer_norm_rms_epsilon"), "epsilon"),
    "a negative epsilon": (
        lambda d: d.scalar("lfm2.attention.layer_norm_rms_epsilon", ValueType.FLOAT32, -1.0),
        "positive",
    ),
    "a rope base that is no number": (
        lambda d: d.scalar("lfm2.rope.freq_base", ValueType.FLOAT32, float("nan")),
        "positive",
    ),
    "an unknown rope scaling": (
        lambda d: d.scalar("lfm2.rope.scaling.type", ValueType.STRING, "x"),
        "rope scaling",
    ),
    "no heads": (lambda d: d.number("lfm2.attention.head_count", 0), "heads"),
    "heads that do not fit": (lambda d: d.number("lfm2.attention.head_count", 7), "heads"),
    "fewer heads": (lambda d: d.number("lfm2.attention.head_count", 4), "attn_q_norm"),
    "key heads that do not divide": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 0, 3, 0, 3),
        "do not divide",
    ),
    "negative key heads": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 0, -2, 0, 2),
        "outside",
    ),
    "attention only": (
        lambda d: d.number("lfm2.attention.head_count_kv", 2),
        "both attention and convolution",
    ),
    "convolution only": (
        lambda d: d.number("lfm2.attention.head_count_kv", 0),
        "both attention and convolution",
    ),
    "layers in another order": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 2, 0, 0, 2),
        "missing",
    ),
    "another key length": (lambda d: d.number("lfm2.attention.key_length", 64), "key_length"),
    "an odd rope length": (lambda d: d.number("lfm2.rope.dimension_count", 15), "dimension_count"),
    "a rope longer than a head": (lambda d: d.number("lfm2.rope.dimension_count", 64), "dimension_count"),
    "no causal attention": (lambda d: d.scalar("lfm2.attention.causal", ValueType.BOOL, False), "causal"),
    "no norm before the head": (
        lambda d: d.drop("token_embd_norm.weight"),
        "token_embd_norm.weight is missing",
    ),
    "no embedding": (lambda d: d.drop("token_embd.weight"), "token_embd.weight is missing"),
    "fewer embeddings": (lambda d: setattr(d.tensor("token_embd.weight"), "shape", (256, 300)), "256 x 300"),
    "a norm in F16": (lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "type", Type.F16), "F16"),
    "a matrix of integers": (lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "type", Type.I32), "I32"),
    "a matrix in Q8_1": (lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "type", Type.Q8_1), "Q8_1"),
    "an unknown storage": (lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "type", 99), "type 99"),
    "rows that are no blocks": (
        lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "shape", (250, 512)),
        "blocks",
    ),
    "an impossible shape": (
        lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "shape", (2**40, 2**40)),
        "shape",
    ),
    "an empty tensor": (lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "shape", (0,)), "shape"),
    "five dimensions": (
        lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "shape", (1,) * 5),
        "5 dimensions",
    ),
    "a tensor twice": (lambda d: d.tensors.append(d.tensors[3]), "twice"),
    "a tensor more": (
        lambda d: d.tensors.append(DraftTensor("dense_2.weight", (256, 32), 0)),
        "dense_2.weight",
    ),
    "a nameless tensor": (lambda d: setattr(d.tensors[3], "name", ""), "name"),
    "a name too long": (lambda d: setattr(d.tensors[3], "name", "x" * 64), "name"),
    "fewer tensors than claimed": (lambda d: setattr(d, "tensor_count", 10**5), "more than fit"),
    "an odd alignment": (lambda d: d.number("general.alignment", 48), "alignment"),
    "no alignment": (lambda d: d.number("general.alignment", 0), "alignment"),
    "another alignment than used": (lambda d: d.number("general.alignment", 64), "not where"),
}

ENCODER_CHANGES: dict[str, tuple[Change, str]] = {
    "another projector": (
        lambda d: d.scalar("clip.projector_type", ValueType.STRING, "ultravox"),
        "ultravox",
    ),
    "a projector as a number": (lambda d: d.number("clip.projector_type", 1), "string"),
    "no projector": (lambda d: d.metadata.pop("clip.projector_type"), "projector"),
    "no audio": (lambda d: d.metadata.pop("clip.has_audio_encoder"), "no audio encoder"),
    "audio as a number": (lambda d: d.number("clip.has_audio_encoder", 1), "bool"),
    "a vision encoder": (lambda d: d.scalar("clip.has_vision_encoder", ValueType.BOOL, True), "more than"),
    "a name that is a number": (lambda d: d.number("general.name", 1), "general.name"),
    "a numeric activation": (lambda d: d.number("clip.use_silu", 1), "clip.use_silu"),
    "another width": (lambda d: d.number("clip.audio.embedding_length", 256), "512 only"),
    "a width of another type": (
        lambda d: d.scalar("clip.audio.embedding_length", ValueType.INT32, 512),
        "embedding_length",
    ),
    "no heads": (lambda d: d.number("clip.audio.attention.head_count", 0), "head_count"),
    "heads that do not fit": (lambda d: d.number("clip.audio.attention.head_count", 7), "7 heads"),
    "other heads": (lambda d: d.number("clip.audio.attention.head_count", 4), "pos_bias_u"),
    "another head size": (lambda d: d.number("clip.audio.attention.head_dim", 32), "heads"),
    "80 mel bins": (lambda d: d.number("clip.audio.num_mel_bins", 80), "80 mel bins"),
    "no epsilon": (lambda d: d.metadata.pop("clip.audio.attention.layer_norm_epsilon"), "epsilon"),
    "no layers": (lambda d: d.number("clip.audio.block_count", 0), "block_count"),
    "a layer too many": (lambda d: d.number("clip.audio.block_count", 3), "a.blk.2"),
    "no width of output": (lambda d: d.metadata.pop("clip.audio.projection_dim"), "projection_dim"),
    "another width of output": (lambda d: d.number("clip.audio.projection_dim", 512), "a.position_embd"),
    "no position table": (lambda d: d.drop("a.position_embd.weight"), "a.position_embd.weight is missing"),
    "a short position table": (
        lambda d: setattr(d.tensor("a.position_embd.weight"), "shape", (256, 49)),
        "49 rows",
    ),
    "a kernel of 31": (
        lambda d: setattr(d.tensor("a.blk.0.conv_dw.weight"), "shape", (31, 512)),
        "kernel is 31",
    ),
    "a kernel of 31 later": (
        lambda d: setattr(d.tensor("a.blk.1.conv_dw.weight"), "shape", (31, 512)),
        "31 x 512",
    ),
    "a convolution in F16": (lambda d: setattr(d.tensor("a.blk.0.conv_dw.weight"), "type", Type.F16), "F16"),
    "a bias in F16": (lambda d: setattr(d.tensor("a.blk.1.attn_q.bias"), "type", Type.F16), "F16"),
    "no subsampling": (lambda d: d.drop("a.conv1d.0.weight"), "a.conv1d.0.weight is missing"),
    "a subsampling bias as a vector": (
        lambda d: setattr(d.tensor("a.conv1d.0.bias"), "shape", (64,)),
        "a.conv1d.0.bias",
    ),
    "another subsampling": (
        lambda d: setattr(d.tensor("a.pre_encode.out.weight"), "shape", (512, 512)),
        "512 x 512",
    ),
    "another adapter": (lambda d: setattr(d.tensor("mm.a.mlp.3.weight"), "shape", (256, 128)), "mm.a.mlp.3"),
    "no adapter": (lambda d: d.drop("mm.a.mlp.1.weight"), "mm.a.mlp.1.weight is missing"),
    "no adapter norm": (lambda d: d.drop("mm.a.mlp.0.bias"), "mm.a.mlp.0.bias is missing"),
    "no feed-forward": (lambda d: d.drop("a.blk.0.ffn_up.weight"), "a.blk.0.ffn_up.weight is missing"),
}

BACKBONE_ODD: dict[str, tuple[Change, str]] = {
    "no pre-tokenizer": (lambda d: d.metadata.pop("tokenizer.ggml.pre"), "tokenizer.ggml.pre"),
    "an unknown token type": (
        lambda d: d.array(
            "tokenizer.ggml.token_type", ValueType.INT32, *[3] * (TINY_BACKBONE.n_vocab - 1), 99
        ),
        "unknown type",
    ),
    "another rope length": (lambda d: d.number("lfm2.rope.dimension_count", 16), "dimension_count"),
}

ENCODER_ODD: dict[str, tuple[Change, str]] = {
    "another architecture": (
        lambda d: d.scalar("general.architecture", ValueType.STRING, "whisper"),
        "whisper",
    ),
    "no architecture": (lambda d: d.metadata.pop("general.architecture"), "missing"),
    "feature layers": (lambda d: d.array("clip.audio.feature_layer", ValueType.INT32, 1), "feature_layer"),
    "grid points": (
        lambda d: d.array("clip.vision.image_grid_pinpoints", ValueType.INT32, 1, 1),
        "image_grid_pinpoints",
    ),
}
