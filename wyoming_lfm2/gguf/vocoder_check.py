"""Whether a file is a vocoder that speech can be made with, and its sizes."""

from __future__ import annotations

from pathlib import Path

from gguf.constants import GGMLQuantizationType as Type

from wyoming_lfm2.gguf.backbone_layout import MAX_LAYERS
from wyoming_lfm2.gguf.errors import Findings
from wyoming_lfm2.gguf.header import Header, refuse, size, text, type_name
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.tensor_check import CONVERT_ANEW, check_tensors
from wyoming_lfm2.gguf.vocoder_layout import (
    AUDIO_EMBEDDING,
    CODE_EMBEDDING,
    DEPTH_LINEAR,
    LAYER_COUNT,
    WIDTH,
    VocoderHyperparameters,
    book,
    layer,
    vocoder_tensors,
)

_MAX_EXTENT = 2**20
_MAX_CODEBOOKS = 32
"""Mimi, whose codes these are, has no more."""
_MAX_CODES = 2**16
_USE_OFFICIAL = "Use the vocoder file that was published with this backbone."

TABLE_TYPES = frozenset(
    int(kind)
    for kind in (
        Type.F32, Type.F16, Type.BF16, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0,
        Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K,
    )
)  # fmt: skip
"""What tables may be stored as: rows of them are looked up in Python."""


def is_vocoder(header: Header) -> bool:
    """Tell whether a file seems to be a vocoder; its architecture is a sentence that may read otherwise."""
    return LAYER_COUNT in header.metadata or layer(0, "operator.qkv_proj") in header.tensors


def check_vocoder(header: Header) -> VocoderHyperparameters:
    """The sizes of a sound vocoder. Raises ModelFileError for the first thing that is wrong.

    A file without the detokenizer's input table is sound: another one may have it.
    """
    if not is_vocoder(header):
        architecture = text(header, "general.architecture")
        what = {
            "clip": "an encoder (mmproj) file",
            "lfm2": "a backbone or tokenizer file",
        }.get(architecture or "", "another kind of file")
        refuse(header, f"this is {what}, not a vocoder", "Give the file with `vocoder-` in its name.")
    sizes = _sizes(header)
    specs = vocoder_tensors(sizes)
    check_tensors(header, specs, read_here=True)
    tables = (f"{DEPTH_LINEAR}.weight", AUDIO_EMBEDDING, CODE_EMBEDDING, "depth_embeddings.")
    for spec in specs:
        if spec.quantized and spec.name.startswith(tables):
            _check_table_type(header, spec.name)
    return sizes


def code_table_header(path: Path, sizes: VocoderHyperparameters, findings: Findings | None = None) -> Header:
    """The header of another vocoder file whose input table of the detokenizer fits the codes of ``sizes``.

    Raises ModelFileError.
    """
    header = read_header(path, findings)
    width, rows = _extents(header, CODE_EMBEDDING)
    if rows != sizes.n_codebooks * sizes.n_codes:
        refuse(
            header,
            f"its table {CODE_EMBEDDING} has {rows} rows, and {sizes.n_codebooks} books of {sizes.n_codes} "
            "codes are to be looked up in it",
            "Use the vocoder file of LFM2.5-Audio.",
        )
    _check_table_type(header, CODE_EMBEDDING)
    if not 1 <= width <= _MAX_EXTENT:
        refuse(header, f"its table {CODE_EMBEDDING} has the impossible width {width}", CONVERT_ANEW)
    return header


def _check_table_type(header: Header, name: str) -> None:
    kind = header.tensors[name].type
    if kind not in TABLE_TYPES:
        refuse(
            header,
            f"its tensor {name} is stored as {type_name(kind)}, in which rows cannot be looked up",
            _USE_OFFICIAL,
        )


def _extents(header: Header, name: str) -> tuple[int, int]:
    """Width and rows of a matrix that says sizes no key says; a vector has one row."""
    tensor = header.tensors.get(name)
    if tensor is None:
        refuse(header, f"its tensor {name} is missing", CONVERT_ANEW)
    width, rows, *more = (*tensor.shape, 1)[: max(2, len(tensor.shape))]
    if any(extent != 1 for extent in more):
        refuse(header, f"its tensor {name} is not a matrix", CONVERT_ANEW)
    return width, rows


def _sizes(header: Header) -> VocoderHyperparameters:
    if header.metadata.get(LAYER_COUNT, None) is None:
        refuse(header, f"its key {LAYER_COUNT} is missing", CONVERT_ANEW)
    n_layer = size(header, LAYER_COUNT, 1, MAX_LAYERS, of_any_type=True)
    n_embd = size(header, WIDTH, 1, _MAX_EXTENT, of_any_type=True)
    n_head, n_head_kv = _heads(header, n_embd)
    n_inputs = _extents(header, f"{DEPTH_LINEAR}.bias")[0]
    n_codebooks = n_inputs // n_embd
    if n_inputs % n_embd or not 1 <= n_codebooks <= _MAX_CODEBOOKS:
        refuse(
            header,
            f"its {DEPTH_LINEAR} makes {n_inputs} numbers, not 1 to {_MAX_CODEBOOKS} times the {n_embd} that "
            "the depthformer takes",
            CONVERT_ANEW,
        )
    n_rows = _extents(header, book(0, "to_logits"))[1]
    if not 2 <= n_rows <= _MAX_CODES:
        refuse(header, f"its codebooks have {n_rows} rows, not 2 to {_MAX_CODES}", CONVERT_ANEW)
    return VocoderHyperparameters(
        n_layer=n_layer,
        n_embd=n_embd,
        n_ff=_extents(header, layer(0, "feed_forward.w1"))[1],
        n_head=n_head,
        n_head_kv=n_head_kv,
        n_codebooks=n_codebooks,
        n_codes=n_rows - 1,
        n_embd_backbone=_extents(header, f"{DEPTH_LINEAR}.weight")[0],
        n_embd_detokenizer=(
            _extents(header, CODE_EMBEDDING)[0] if CODE_EMBEDDING in header.tensors else None
        ),
    )


def _heads(header: Header, n_embd: int) -> tuple[int, int]:
    """Heads of queries and of keys, from the length of one head's norm and the rows of all heads."""
    head_size = _extents(header, layer(0, "operator.attention.q_layernorm"))[0]
    rows = _extents(header, layer(0, "operator.qkv_proj"))[1]
    if head_size % 2 or n_embd % head_size:
        refuse(header, f"heads of {head_size} do not fit a depthformer of width {n_embd}", CONVERT_ANEW)
    n_head = n_embd // head_size
    both, rest = divmod(rows - n_embd, head_size)
    n_head_kv = both // 2
    if rest or both % 2 or n_head_kv < 1 or n_head % n_head_kv:
        refuse(
            header,
            f"the {rows} rows of its queries, keys and values are not whole heads of {head_size}, "
            f"{n_head} of them for queries",
            CONVERT_ANEW,
        )
    return n_head, n_head_kv
