"""Whether a tokenizer file is a detokenizer that llama.cpp runs, and its sizes."""

from __future__ import annotations

from wyoming_lfm2.models.backbone_check import NEVER_RUN, lfm2_sizes, refuse_more_tensors
from wyoming_lfm2.models.backbone_layout import ARCHITECTURE
from wyoming_lfm2.models.detokenizer_layout import (
    N_OUT,
    SLIDING_WINDOW,
    VOCABULARY_SIZE,
    WIDTH_OUT,
    DetokenizerHyperparameters,
    detokenizer_tensors,
)
from wyoming_lfm2.models.gguf_header import Header
from wyoming_lfm2.models.header_keys import absent_or_zero, refuse, size, text
from wyoming_lfm2.models.tensor_check import check_tensors
from wyoming_lfm2.models.vocoder_check import is_vocoder

_MAX_VOCABULARY = 2**20
_MAX_WINDOW = 2**16
_GIVE_TOKENIZER = "Give the file with `tokenizer-` in its name."
_USE_OFFICIAL = "Use the tokenizer file of LFM2.5-Audio."


def check_detokenizer(header: Header) -> DetokenizerHyperparameters:
    """The sizes of a sound detokenizer. Raises ModelFileError for the first thing that is wrong."""
    architecture = text(header, "general.architecture")
    if is_vocoder(header):
        refuse(header, "this is a vocoder file, not a detokenizer (tokenizer) file", _GIVE_TOKENIZER)
    if architecture == "clip":
        refuse(
            header, "this is an encoder (mmproj) file, not a detokenizer (tokenizer) file", _GIVE_TOKENIZER
        )
    if architecture != ARCHITECTURE:
        named = "missing" if architecture is None else repr(architecture[:40])
        refuse(header, f"its architecture is {named}, and a detokenizer has {ARCHITECTURE!r}", _USE_OFFICIAL)
    if text(header, "tokenizer.ggml.model") not in ("none", "no_vocab"):
        refuse(header, "it has a vocabulary, as a backbone has and a detokenizer has not", _GIVE_TOKENIZER)
    for key, meaning in NEVER_RUN.items():
        absent_or_zero(header, key, meaning)
    # Any pooling would make one row out of many, and a classifier's labels another output.
    absent_or_zero(header, "lfm2.pooling_type", "pooling")
    absent_or_zero(header, "split.count", "several files")
    width_out = size(header, WIDTH_OUT, 1, _MAX_VOCABULARY)
    if width_out != N_OUT:
        refuse(
            header,
            f"it makes {width_out} numbers for a spectrum, and 24 kHz sound in steps of 80 ms needs {N_OUT}",
            _USE_OFFICIAL,
        )
    sizes = DetokenizerHyperparameters(
        body=lfm2_sizes(header, size(header, VOCABULARY_SIZE, 1, _MAX_VOCABULARY)),
        sliding_window=size(header, SLIDING_WINDOW, 1, _MAX_WINDOW),
    )
    specs = detokenizer_tensors(sizes)
    check_tensors(header, specs)
    refuse_more_tensors(header, specs, "detokenizer")
    return sizes
