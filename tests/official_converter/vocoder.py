"""The vocoder file of a checkpoint. Its converter is not among llama.cpp's, so the official layout is written here.

Names, keys and what is left in F32 are those of the script in llama.cpp's pull request 18641, with which the
published files were made; `tests/models/test_published_sizes.py` holds the layout against a published file.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from safetensors import safe_open

from tests.models.published_files import VOCODER_ARCHITECTURE, vocoder_tensors
from tests.official_converter.layouts import VOCODER
from wyoming_lfm2.gguf.arrays import write_tensors
from wyoming_lfm2.gguf.vocoder_layout import CODE_EMBEDDING, LAYER_COUNT, WIDTH


def write_vocoder(path: Path, checkpoint: Path, quantization: str) -> None:
    """Writes ``path`` from the folder ``checkpoint``."""
    arrays: dict[str, np.ndarray] = {}
    specs = vocoder_tensors(VOCODER)
    with (
        safe_open(checkpoint / "model.safetensors", "pt") as model,
        safe_open(checkpoint / "audio_detokenizer" / "model.safetensors", "pt") as detokenizer,
    ):
        for spec in specs:
            file = detokenizer if spec.name in (CODE_EMBEDDING, "istft.window") else model
            arrays[spec.name] = file.get_tensor(reference_name(spec.name)).float().numpy()

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_uint32(LAYER_COUNT, VOCODER.n_layer)
        writer.add_uint32(WIDTH, VOCODER.n_embd)

    kind = gguf.GGMLQuantizationType[quantization]
    types = [kind if spec.quantized else gguf.GGMLQuantizationType.F32 for spec in specs]
    write_tensors(path, VOCODER_ARCHITECTURE, keys, specs, arrays, types)


def reference_name(name: str) -> str:
    """Name of a vocoder's tensor in the checkpoint; the official script shortens it."""
    return name.replace(".operator.attention.", ".operator.bounded_attention.")
