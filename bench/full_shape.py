"""A model set of LFM2-Audio 1.5B's full shape with random weights, kept in the cache folder.

How long a step takes does not depend on what the weights are, only on how many there
are and how they are stored, so nothing needs to be downloaded to measure it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from numpy.typing import NDArray

from nano.model_set_writer import stored_type, write_backbone, write_detokenizer, write_mmproj, write_vocoder
from wyoming_lfm2.gguf import backbone_layout, detokenizer_layout, encoder_layout, vocoder_layout
from wyoming_lfm2.gguf.backbone_layout import TensorSpec, backbone_tensors
from wyoming_lfm2.gguf.detokenizer_layout import detokenizer_tensors
from wyoming_lfm2.gguf.encoder_layout import encoder_tensors
from wyoming_lfm2.gguf.quantization import EncodedTensor, Quantization
from wyoming_lfm2.gguf.tokenizer import (
    RELEASED_NUMBERS,
    Tokenizer,
    TokenType,
    byte_alphabet,
    to_byte_alphabet,
)
from wyoming_lfm2.gguf.vocoder_layout import vocoder_tensors
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet
from wyoming_lfm2.models.storage import cache_folder
from wyoming_lfm2.models.voices import LFM2_5

_BACKBONE = backbone_layout.RELEASED_1_5B
_ENCODER = encoder_layout.RELEASED_1_5B
_VOCODER = vocoder_layout.RELEASED_1_5B
_DETOKENIZER = detokenizer_layout.RELEASED_1_5B
_HEAD = "token_embd.weight"
_PROMPT_WORDS = ("Perform", " ASR", "system", "user", "assistant")
_DEVIATION = {
    GGMLQuantizationType.Q4_0: 4.6,
    GGMLQuantizationType.Q8_0: 73.9,
    GGMLQuantizationType.Q6_K: 18.5 * 73.9,
}
"""Standard deviation of uniformly random codes, in units of a block's scale."""


def full_shape_set(quantization: Quantization, cache: Path | None = None) -> ModelSet:
    """The set in ``quantization`` (Q4_0 or Q8_0), written on the first call (half a minute).

    The tied head is Q6_K in the Q4_0 set, as in the official files.
    """
    folder = (cache or cache_folder(None)) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"full-shape-1.5b-{quantization.value}"
    found = ModelSet(
        model=ModelDescription(name, "Random weights of LFM2-Audio 1.5B's shape", voices=LFM2_5),
        backbone=folder / f"{name}.gguf",
        mmproj=folder / f"mmproj-{name}.gguf",
        vocoder=folder / f"vocoder-{name}.gguf",
        tokenizer=folder / f"tokenizer-{name}.gguf",
    )
    if not found.backbone.exists():
        types = {spec.name: stored_type(spec, quantization) for spec in backbone_tensors(_BACKBONE)}
        if quantization is Quantization.Q4_0:
            types[_HEAD] = GGMLQuantizationType.Q6_K
        arrays = _RandomTensors(backbone_tensors(_BACKBONE), types)
        write_backbone(found.backbone, _BACKBONE, _tokenizer(), arrays, quantization, stored_types=types)
    if not found.mmproj.exists():
        types = {spec.name: stored_type(spec, quantization) for spec in encoder_tensors(_ENCODER)}
        arrays = _RandomTensors(encoder_tensors(_ENCODER), types)
        write_mmproj(found.mmproj, _ENCODER, arrays, quantization, stored_types=types)
    _write_speech(found, quantization)
    return found


def _write_speech(found: ModelSet, quantization: Quantization) -> None:
    assert found.vocoder is not None
    assert found.tokenizer is not None
    if not found.vocoder.exists():
        types = {spec.name: stored_type(spec, quantization) for spec in vocoder_tensors(_VOCODER)}
        arrays = _RandomTensors(vocoder_tensors(_VOCODER), types)
        write_vocoder(found.vocoder, _VOCODER, arrays, quantization, stored_types=types)
    if not found.tokenizer.exists():
        types = {spec.name: stored_type(spec, quantization) for spec in detokenizer_tensors(_DETOKENIZER)}
        arrays = _RandomTensors(detokenizer_tensors(_DETOKENIZER), types)
        write_detokenizer(found.tokenizer, _DETOKENIZER, arrays, quantization, stored_types=types)


def _tokenizer() -> Tokenizer:
    """As many tokens as the released vocabulary has; those of the prompt are whole, as there."""
    tokens = [f"<|reserved_{number}|>" for number in range(_BACKBONE.n_vocab)]
    types = [TokenType.CONTROL] * len(tokens)
    for text, number in RELEASED_NUMBERS.items():
        tokens[number] = text
    words = [*byte_alphabet().values(), *(to_byte_alphabet(word) for word in _PROMPT_WORDS)]
    start = max(RELEASED_NUMBERS.values()) + 1
    for number in range(start, _BACKBONE.n_vocab):
        place = number - start
        tokens[number] = words[place] if place < len(words) else to_byte_alphabet(f" w{number}")
        types[number] = TokenType.NORMAL
    # Loading a vocabulary takes time by its merges, too; there are about as many as tokens.
    first_word = start + len(words)
    merges = tuple(f"{token[:-1]} {token[-1]}" for token in tokens[first_word:])
    return Tokenizer(tuple(tokens), tuple(types), merges)


class _RandomTensors(Mapping[str, "NDArray[np.float32] | EncodedTensor"]):
    """Random tensors that keep activations near 1, quantised ones made as blocks at once."""

    def __init__(self, specs: tuple[TensorSpec, ...], types: Mapping[str, GGMLQuantizationType]) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._types = types

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def __getitem__(self, name: str) -> NDArray[np.float32] | EncodedTensor:
        spec = self._specs[name]
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        random = np.random.default_rng(seed)
        kind = self._types[name]
        if spec.quantized:
            return _blocks(random, spec, kind)
        shape = spec.shape[::-1]
        if "norm" in name or ".ln" in name or name.startswith("mm.a.mlp.0"):
            return np.full(shape, name.endswith(".weight"), np.float32)
        inputs = 1 if name.startswith("a.position_embd") else int(np.prod(spec.shape[:3]))
        return random.standard_normal(shape, np.float32) / np.float32(np.sqrt(inputs))


def _blocks(random: np.random.Generator, spec: TensorSpec, kind: GGMLQuantizationType) -> EncodedTensor:
    per_block, size = GGML_QUANT_SIZES[kind]
    count = int(np.prod(spec.shape)) // per_block
    blocks = random.integers(0, 256, (count, size), np.uint8)
    scale = np.float16(1 / (_DEVIATION[kind] * np.sqrt(spec.shape[0])))
    # Q6_K has its scale at a block's end, the others at its start.
    place = slice(-2, None) if kind is GGMLQuantizationType.Q6_K else slice(0, 2)
    blocks[:, place] = np.frombuffer(scale.tobytes(), np.uint8)
    return EncodedTensor(kind, blocks.reshape(int(np.prod(spec.shape[1:])), -1))
