"""Whether a tokenizer file is a detokenizer that llama.cpp runs, and its sizes."""

from __future__ import annotations

from wyoming_lfm2.gguf.backbone_check import NEVER_RUN, lfm2_sizes, refuse_more_tensors, refuse_split
from wyoming_lfm2.gguf.backbone_layout import ARCHITECTURE
from wyoming_lfm2.gguf.detokenizer_layout import (
    DENSE_WEIGHT,
    N_OUT,
    SLIDING_WINDOW,
    VOCABULARY_SIZE,
    WIDTH_OUT,
    DetokenizerHyperparameters,
    detokenizer_tensors,
)
from wyoming_lfm2.gguf.header import Header, absent_or_zero, refuse, refuse_if_strict, size, text, warn
from wyoming_lfm2.gguf.tensor_check import CONVERT_ANEW, check_tensors
from wyoming_lfm2.gguf.vocabulary_check import MODEL, check_vocabulary, has_vocabulary
from wyoming_lfm2.gguf.vocoder_check import is_vocoder

_MAX_VOCABULARY = 2**20
_MAX_WINDOW = 2**16
_POOLING = "lfm2.pooling_type"
_GIVE_TOKENIZER = "Give the file with `tokenizer-` in its name."
_USE_OFFICIAL = "Use the tokenizer file of LFM2.5-Audio."


def check_detokenizer(header: Header) -> DetokenizerHyperparameters:
    """The sizes of a sound detokenizer. Raises ModelFileError for the first thing that is wrong.

    It may have a vocabulary, as files have that were made before llama.cpp's converter left it out (February
    2026). Nothing here uses it, but llama.cpp loads it, so it must be one that llama.cpp survives.
    """
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
    if WIDTH_OUT not in header.metadata and DENSE_WEIGHT not in header.tensors:
        refuse(header, "this is a backbone file, not a detokenizer (tokenizer) file", _GIVE_TOKENIZER)
    for key, meaning in NEVER_RUN.items():
        absent_or_zero(header, key, meaning)
    pooling = header.metadata.get(_POOLING)
    if pooling is not None and pooling.scalar != 0:
        # The engine's own setting goes before it.
        warn(header, f"it asks for rows to be pooled ({_POOLING}), which is not done", CONVERT_ANEW)
    refuse_split(header)
    width_out = size(header, WIDTH_OUT, 1, _MAX_VOCABULARY)
    if width_out != N_OUT:
        refuse_if_strict(
            header,
            f"it makes {width_out} numbers for a spectrum, and 24 kHz sound in steps of 80 ms needs {N_OUT}",
            _USE_OFFICIAL,
        )
    sizes = DetokenizerHyperparameters(
        body=lfm2_sizes(header, _n_vocab(header)),
        sliding_window=size(header, SLIDING_WINDOW, 1, _MAX_WINDOW),
    )
    specs = detokenizer_tensors(sizes)
    check_tensors(header, specs)
    refuse_more_tensors(header, specs, "detokenizer")
    return sizes


def _n_vocab(header: Header) -> int:
    """Rows of the token embedding, which is there and never used."""
    if has_vocabulary(header):
        return check_vocabulary(header, control=())
    if text(header, MODEL) is None:
        refuse_if_strict(header, f"its key {MODEL} is missing", CONVERT_ANEW)
    return size(header, VOCABULARY_SIZE, 1, _MAX_VOCABULARY)
