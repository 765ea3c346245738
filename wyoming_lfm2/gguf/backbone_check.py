"""Whether a file is a backbone that llama.cpp runs, and its sizes."""

from __future__ import annotations

from collections.abc import Iterable

from gguf.constants import GGMLQuantizationType as Type

from wyoming_lfm2.gguf.backbone_layout import (
    ARCHITECTURE,
    MAX_LAYERS,
    BackboneHyperparameters,
    TensorSpec,
    backbone_tensors,
)
from wyoming_lfm2.gguf.header import (
    Header,
    ValueType,
    absent_or_zero,
    per_layer,
    positive,
    refuse,
    refuse_if_strict,
    scalar,
    size,
    text,
    warn,
)
from wyoming_lfm2.gguf.tensor_check import CONVERT_ANEW, check_tensors
from wyoming_lfm2.gguf.vocabulary_check import check_vocabulary

_MAX_EXTENT = 2**20
_MAX_CONTEXT = 2**32 - 1
_MAX_CONVOLUTION = 2**16
_ROPE_SCALINGS = ("none", "linear", "yarn", "longrope")

NEVER_RUN = {
    "lfm2.expert_count": "experts",
    "lfm2.expert_used_count": "experts",
    "lfm2.expert_group_count": "experts",
    "lfm2.nextn_predict_layers": "prediction of several tokens",
}
"""Features that no file of LFM2-Audio uses."""
_NOT_RUN = NEVER_RUN | {
    "lfm2.attention.sliding_window": "a sliding window, as the detokenizer does,",
    "lfm2.embedding_length_out": "an output layer, as the detokenizer does,",
}


def check_backbone_kind(header: Header) -> None:
    """Refuses a file of another architecture, saying what it seems to be."""
    architecture = text(header, "general.architecture")
    if architecture == ARCHITECTURE:
        return
    if architecture is None:
        refuse(header, "it does not say what model it is (general.architecture is missing)")
    if architecture == "clip":
        refuse(
            header,
            "this is an encoder (mmproj) file, not a backbone",
            "Give the file without `mmproj-` in its name as the backbone.",
        )
    if "depthformer_n_layer" in header.metadata:
        refuse(
            header, "this is a vocoder file, not a backbone", "Give the file without `vocoder-` in its name."
        )
    refuse(
        header,
        f"its architecture is {architecture[:40]!r}, and a backbone has {ARCHITECTURE!r}",
        "Use an LFM2-Audio backbone, for example with `--model lfm2.5-audio-1.5b`.",
    )


def check_backbone(header: Header) -> BackboneHyperparameters:
    """The sizes of a sound backbone. Raises ModelFileError for the first thing that is wrong."""
    check_backbone_kind(header)
    refuse_split(header)
    for key, meaning in _NOT_RUN.items():
        absent_or_zero(header, key, meaning)
    sizes = lfm2_sizes(header, check_vocabulary(header))
    specs = list(backbone_tensors(sizes))
    if "output.weight" in header.tensors:
        specs.append(TensorSpec("output.weight", (sizes.n_embd, sizes.n_vocab), True))
    check_tensors(header, specs)
    refuse_more_tensors(header, specs, "LFM2 backbone")
    return sizes


def refuse_split(header: Header) -> None:
    """Refuses one file of several: the tensors in the others are not seen here."""
    if int(scalar(header, "split.count", ValueType.UINT16) or 0) > 1:
        refuse(
            header, "the model is split into several files", "Join them with llama.cpp's gguf-split --merge."
        )


def refuse_more_tensors(header: Header, specs: Iterable[TensorSpec], what: str) -> None:
    """llama.cpp refuses a file with tensors that it does not know, without naming them."""
    more = header.tensors.keys() - {spec.name for spec in specs}
    if more:
        refuse_if_strict(header, f"it has a tensor that no {what} has, {min(more)}", CONVERT_ANEW)


def lfm2_sizes(header: Header, n_vocab: int) -> BackboneHyperparameters:
    """The sizes that the keys of an ``lfm2`` file tell. Raises ModelFileError when they do not fit each other."""
    n_layer = size(header, "lfm2.block_count", 1, MAX_LAYERS)
    n_embd = size(header, "lfm2.embedding_length", 1, _MAX_EXTENT)
    heads = per_layer(header, "lfm2.attention.head_count", n_layer, n_embd)
    sizes = BackboneHyperparameters(
        n_embd=n_embd,
        n_ff=size(header, "lfm2.feed_forward_length", 1, _MAX_EXTENT),
        n_head=heads[0],
        n_head_kv=per_layer(header, "lfm2.attention.head_count_kv", n_layer, n_embd),
        n_vocab=n_vocab,
        n_ctx_train=size(header, "lfm2.context_length", 0, _MAX_CONTEXT),
        shortconv_l_cache=size(header, "lfm2.shortconv.l_cache", 2, _MAX_CONVOLUTION),
        rope_freq_base=positive(header, "lfm2.rope.freq_base", 10000.0),
        rms_eps=positive(header, "lfm2.attention.layer_norm_rms_epsilon"),
    )
    _check_attention(header, sizes, heads)
    return sizes


def _check_attention(header: Header, sizes: BackboneHyperparameters, heads: tuple[int, ...]) -> None:
    if not heads[0] or set(heads) != {heads[0]} or sizes.n_embd % heads[0] or sizes.head_size % 2:
        refuse(header, f"{heads[0]} heads do not fit a width of {sizes.n_embd}", CONVERT_ANEW)
    if any(n_kv and sizes.n_head % n_kv for n_kv in sizes.n_head_kv):
        refuse_if_strict(header, f"its key-value heads do not divide its {sizes.n_head} heads", CONVERT_ANEW)
    if all(sizes.n_head_kv) or not any(sizes.n_head_kv):
        refuse_if_strict(
            header, "it does not have both attention and convolution layers", "Use an LFM2-Audio backbone."
        )
    for key in ("attention.key_length", "attention.value_length", "rope.dimension_count"):
        length = scalar(header, f"lfm2.{key}", ValueType.UINT32)
        if length is None or length == sizes.head_size:
            continue
        problem = f"its key lfm2.{key} is {length}, and its heads have {sizes.head_size}"
        if key == "rope.dimension_count" and 0 < int(length) < sizes.head_size and not int(length) % 2:
            # llama.cpp turns so many numbers of a head and leaves the others: right if it was trained so.
            warn(header, problem, CONVERT_ANEW)
        else:
            refuse_if_strict(header, problem, CONVERT_ANEW)
    scaling = text(header, "lfm2.rope.scaling.type")
    if scaling is not None and scaling not in _ROPE_SCALINGS:
        refuse_if_strict(header, f"its rope scaling {scaling[:40]!r} is unknown", CONVERT_ANEW)
    if scalar(header, "lfm2.attention.causal", ValueType.BOOL) is False:
        refuse_if_strict(
            header,
            "it is made for embeddings, not for text (its attention is not causal)",
            "Use an LFM2-Audio backbone.",
        )


def main_type(header: Header) -> int:
    """The GGML type of most of the bytes in the file."""
    total: dict[int, int] = {}
    for tensor in header.tensors.values():
        total[tensor.type] = total.get(tensor.type, 0) + tensor.size
    return max(total, key=total.__getitem__, default=int(Type.F32))
