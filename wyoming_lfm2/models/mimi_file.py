"""The file of Mimi's weights, the codec whose codes LFM2-Audio speaks: whether it is sound, and what reads it.

The first release carries them as ``tokenizer-e351c8d8-checkpoint125.safetensors``
(https://huggingface.co/LiquidAI/LFM2-Audio-1.5B). ``rustymimi``, of the extra ``mimi``, reads them; here only the
header is read, so that a wrong file is refused with a sentence.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.vocoder_layout import VocoderHyperparameters
from wyoming_lfm2.invocation import pip
from wyoming_lfm2.models.storage import is_plain_file

MIMI_CODEBOOKS = 8
"""What rustymimi decodes; the checkpoint has more."""
MIMI_CODES = 2048

_LONGEST_HEADER = 10_000_000
_REMEDY = (
    "Take tokenizer-e351c8d8-checkpoint125.safetensors of LiquidAI/LFM2-Audio-1.5B, or leave model.mimi out."
)


def import_rustymimi(mimi: Path) -> ModuleType:
    """What reads these weights.

    :raises ModelFileError: they are not there or closed to this user, or the extra is not there.
    """
    if not is_plain_file(mimi):
        raise ModelFileError(mimi, "there is no such file", _REMEDY)
    try:
        return import_module("rustymimi")
    except ImportError as error:
        raise ModelFileError(
            mimi,
            f"Mimi needs the package rustymimi, which cannot be loaded ({error})",
            f"Install the extra: {pip()} install 'wyoming-lfm2[mimi]', or leave model.mimi out.",
        ) from error


def check_mimi(mimi: Path, sizes: VocoderHyperparameters) -> int:
    """Hold the weights' header against the codes of a vocoder.

    :returns: the file's size in bytes.
    :raises ModelFileError: it is no such file, or has not the codes that are spoken.
    """
    tensors = _header(mimi)
    for number in range(MIMI_CODEBOOKS):
        place = f"rvq_rest.vq.layers.{number - 1}" if number else "rvq_first.vq.layers.0"
        name = f"quantizer.{place}._codebook.embedding_sum"
        tensor = tensors.get(name)
        shape = tensor.get("shape") if isinstance(tensor, dict) else None
        if not isinstance(shape, list) or shape[:1] != [MIMI_CODES]:
            raise ModelFileError(mimi, f"it has no {name} of {MIMI_CODES} codes", _REMEDY)
    if (sizes.n_codebooks, sizes.n_codes) != (MIMI_CODEBOOKS, MIMI_CODES):
        raise ModelFileError(
            mimi,
            f"Mimi has {MIMI_CODEBOOKS} codebooks of {MIMI_CODES} codes, and this model speaks "
            f"{sizes.n_codebooks} of {sizes.n_codes}",
            "Leave model.mimi out for this model.",
        )
    return mimi.stat().st_size


def _header(path: Path) -> dict[str, Any]:
    """See https://github.com/huggingface/safetensors#format."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            data = file.read(length) if length <= _LONGEST_HEADER else b""
        size = path.stat().st_size
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelFileError(path, f"the file cannot be read ({reason})", _REMEDY) from error
    try:
        header = json.loads(data)
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        whole = size == 8 + length + max(ends)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ModelFileError(path, "it is no safetensors file", _REMEDY) from error
    if not whole:
        raise ModelFileError(path, "it is cut short, or has more than it should", _REMEDY)
    assert isinstance(header, dict)
    return header
