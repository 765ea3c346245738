"""Headers of files for speech that are wrong in one way each, and a word that the refusal must have."""

from __future__ import annotations

from collections.abc import Callable

from gguf.constants import GGMLQuantizationType as Type

from tests.gguf.gguf_draft import Draft, DraftTensor
from tests.gguf.wrong_headers import Change, vocoder
from wyoming_lfm2.gguf.header import ValueType

LAYER = "depthformer.layers.1"
NORM = "depthformer.layers.0.operator.attention.q_layernorm.weight"


def reshaped(name: str, *shape: int) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        draft.tensor(name).shape = shape

    return change


def stored(name: str, kind: Type) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        draft.tensor(name).type = int(kind)

    return change


VOCODER_CHANGES: dict[str, tuple[Change, str]] = {
    "no layer count": (lambda d: d.metadata.pop("depthformer_n_layer"), "depthformer_n_layer is missing"),
    "no width": (lambda d: d.metadata.pop("depthformer_n_embd"), "depthformer_n_embd is missing"),
    "no layers": (lambda d: d.number("depthformer_n_layer", 0), "depthformer_n_layer"),
    "a million layers": (lambda d: d.number("depthformer_n_layer", 10**6), "depthformer_n_layer"),
    "a layer too many": (lambda d: d.number("depthformer_n_layer", 3), "depthformer.layers.2"),
    "layers as a string": (lambda d: d.scalar("depthformer_n_layer", ValueType.STRING, "2"), "uint32"),
    "layers as a list": (lambda d: d.array("depthformer_n_layer", ValueType.UINT32, 2), "uint32"),
    "another width": (lambda d: d.number("depthformer_n_embd", 96), "whole heads"),
    "no width at all": (lambda d: d.number("depthformer_n_embd", 0), "depthformer_n_embd"),
    "a tensor less": (lambda d: d.drop(f"{LAYER}.operator.out_proj.weight"), "out_proj.weight is missing"),
    "no head size": (lambda d: d.drop(NORM), "q_layernorm.weight is missing"),
    "an odd head": (reshaped(NORM, 1), "heads of 1"),
    "a head that does not divide": (reshaped(NORM, 48), "heads of 48"),
    "no keys": (reshaped("depthformer.layers.0.operator.qkv_proj.weight", 128, 128), "whole heads"),
    "keys without values": (
        reshaped("depthformer.layers.0.operator.qkv_proj.weight", 128, 160),
        "whole heads",
    ),
    "half a head": (reshaped("depthformer.layers.0.operator.qkv_proj.weight", 128, 272), "whole heads"),
    "keys that do not divide the heads": (
        reshaped("depthformer.layers.0.operator.qkv_proj.weight", 128, 320),
        "whole heads",
    ),
    "one layer with other keys": (reshaped(f"{LAYER}.operator.qkv_proj.weight", 128, 384), "128 x 384"),
    "a norm of another head": (reshaped(f"{LAYER}.operator.attention.k_layernorm.weight", 16), "k_layernorm"),
    "a norm in F16": (stored(f"{LAYER}.ffn_norm.weight", Type.F16), "stored as F16"),
    "a transposed matrix": (reshaped(f"{LAYER}.feed_forward.w2.weight", 128, 256), "w2.weight"),
    "a matrix of integers": (stored(f"{LAYER}.feed_forward.w1.weight", Type.I32), "stored as I32"),
    "a matrix of an unsupported type": (stored(f"{LAYER}.feed_forward.w1.weight", Type.Q8_1), "Q8_1"),
    "a matrix in three dimensions": (
        reshaped("depthformer.layers.0.feed_forward.w1.weight", 128, 16, 16),
        "not a matrix",
    ),
    "no bias": (lambda d: d.drop("depth_linear.bias"), "depth_linear.bias is missing"),
    "a bias of half a codebook": (reshaped("depth_linear.bias", 192), "makes 192 numbers"),
    "a bias of too many codebooks": (reshaped("depth_linear.bias", 128 * 64), "makes 8192 numbers"),
    "seven inputs for eight books": (reshaped("depth_linear.weight", 256, 896), "depth_linear.weight"),
    "a codebook less": (lambda d: d.drop("depth_embeddings.7.to_logits.weight"), "depth_embeddings.7"),
    "one book with other codes": (reshaped("depth_embeddings.3.embedding.weight", 128, 64), "128 x 64"),
    "no codes": (reshaped("depth_embeddings.0.to_logits.weight", 128, 1), "1 rows"),
    "a table of codes that cannot be looked up": (
        stored("depth_embeddings.2.embedding.weight", Type.TQ2_0),
        "depth_embeddings.2.embedding",
    ),
    "a backbone's table of other codes": (
        reshaped("audio_embedding.embedding.weight", 256, 8 * 31),
        "audio_embedding.embedding.weight is 256 x 248",
    ),
    "a backbone's table of another width": (
        reshaped("audio_embedding.embedding.weight", 128, 8 * 32),
        "audio_embedding.embedding.weight is 128 x 256",
    ),
    "a detokenizer's table with end-of-audio": (
        reshaped("emb.emb.weight", 64, 8 * 32),
        "emb.emb.weight is 64",
    ),
    "a detokenizer's table of one book": (reshaped("emb.emb.weight", 64, 31), "emb.emb.weight is 64 x 31"),
    "a detokenizer's table of another width": (reshaped("emb.emb.weight", 128, 8 * 31), "width 128"),
    "another backbone's": (reshaped("depth_linear.weight", 512, 1024), "audio_embedding"),
}

DETOKENIZER_CHANGES: dict[str, tuple[Change, str]] = {
    "a llama model": (lambda d: d.scalar("general.architecture", ValueType.STRING, "llama"), "'llama'"),
    "no architecture": (lambda d: d.metadata.pop("general.architecture"), "missing"),
    "a vocoder": (vocoder, "vocoder file"),
    "an encoder": (lambda d: d.scalar("general.architecture", ValueType.STRING, "clip"), "encoder"),
    "a vocabulary without tokens": (
        lambda d: d.scalar("tokenizer.ggml.model", ValueType.STRING, "gpt2"),
        "tokenizer.ggml.merges is missing",
    ),
    "no word of a vocabulary": (
        lambda d: d.metadata.pop("tokenizer.ggml.model"),
        "tokenizer.ggml.model is missing",
    ),
    "no vocabulary size": (lambda d: d.metadata.pop("lfm2.vocab_size"), "lfm2.vocab_size"),
    "another vocabulary size": (lambda d: d.number("lfm2.vocab_size", 9), "token_embd.weight"),
    "no window": (lambda d: d.metadata.pop("lfm2.attention.sliding_window"), "sliding_window"),
    "a window of nothing": (lambda d: d.number("lfm2.attention.sliding_window", 0), "sliding_window"),
    "an endless window": (lambda d: d.number("lfm2.attention.sliding_window", 2**31), "sliding_window"),
    "no output width": (lambda d: d.metadata.pop("lfm2.embedding_length_out"), "embedding_length_out"),
    "another output width": (lambda d: d.number("lfm2.embedding_length_out", 1026), "1026 numbers"),
    "a transform of another length": (reshaped("dense_2.weight", 64, 1026), "dense_2.weight"),
    "no output layer": (lambda d: d.drop("dense_2.weight"), "dense_2.weight is missing"),
    "no output bias": (lambda d: d.drop("dense_2.bias"), "dense_2.bias is missing"),
    "an output bias in F16": (stored("dense_2.bias", Type.F16), "stored as F16"),
    "a split model": (lambda d: d.scalar("split.count", ValueType.UINT16, 2), "several files"),
    "experts": (lambda d: d.number("lfm2.expert_count", 4), "experts"),
    "attention in both directions": (
        lambda d: d.scalar("lfm2.attention.causal", ValueType.BOOL, False),
        "causal",
    ),
    "a layer too many": (lambda d: d.number("lfm2.block_count", 5), "4 values for 5 layers"),
    "no layers": (lambda d: d.number("lfm2.block_count", 0), "block_count"),
    "attention only": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 2, 2, 2, 2),
        "both attention and convolution",
    ),
    "heads that do not divide": (lambda d: d.number("lfm2.attention.head_count", 5), "5 heads"),
    "a tensor more": (
        lambda d: d.tensors.append(DraftTensor("dense_3.weight", (64, 64), 0)),
        "dense_3.weight",
    ),
    "another width": (lambda d: d.number("lfm2.embedding_length", 128), "128"),
    "a convolution in F16": (stored("blk.0.shortconv.conv.weight", Type.F16), "shortconv.conv"),
    "a name twice": (lambda d: setattr(d.tensor("dense_2.bias"), "name", "dense_2.weight"), "twice"),
}

DETOKENIZER_ODD: dict[str, tuple[Change, str]] = {
    "pooling": (lambda d: d.number("lfm2.pooling_type", 1), "pooled"),
}
