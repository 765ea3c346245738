"""The depthformer's tensors out of a vocoder file, cut and named as llama.cpp's architecture ``qwen3`` has them.

A depthformer is what llama.cpp calls ``qwen3``: grouped attention with normed queries and keys, and SwiGLU. Two
things differ. The vocoder file has the rows of queries, keys and values in one matrix, which is cut here. And
the reference turns neighbouring numbers of a head together (``liquid_audio.model.transformer.apply_rotary_emb``)
where ``qwen3`` turns the first half with the second, so rows and norms of queries and keys change places.
Rows move as they are stored: nothing is quantised again, so nothing is lost. The norm before each codebook's
head stays with the engine; the output norm that ``qwen3`` demands is all ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.gguf.arrays import FileArrays
from wyoming_lfm2.gguf.backbone_layout import TensorSpec
from wyoming_lfm2.gguf.errors import Findings
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import EncodedTensor, encode
from wyoming_lfm2.gguf.vocoder_check import check_vocoder
from wyoming_lfm2.gguf.vocoder_layout import RMS_EPS, ROPE_FREQ_BASE, VocoderHyperparameters, layer

ARCHITECTURE = "qwen3"

_F32 = gguf.GGMLQuantizationType.F32
_VERSION = 1
"""Of what is written; part of the key, so that a later program does not take an earlier one's file."""
_CONTEXT = 64
"""What the file claims as its longest context. llama.cpp only warns when more is asked for."""

_ROWS_OF_QKV = ("attn_q", "attn_k", "attn_v")
_NAMES = {
    "attn_norm": "operator_norm",
    "attn_output": "operator.out_proj",
    "attn_q_norm": "operator.attention.q_layernorm",
    "attn_k_norm": "operator.attention.k_layernorm",
    "ffn_norm": "ffn_norm",
    "ffn_gate": "feed_forward.w1",
    "ffn_up": "feed_forward.w3",
    "ffn_down": "feed_forward.w2",
}
"""Tensors that move whole: llama.cpp's name, and the vocoder's."""


@dataclass(frozen=True, eq=False)
class DepthformerTensors(Mapping[str, EncodedTensor]):
    """The tensors of the ``qwen3`` file by name, taken from the vocoder when asked for."""

    vocoder: Path
    sizes: VocoderHyperparameters
    source: FileArrays

    @classmethod
    def of(cls, vocoder: Path) -> DepthformerTensors:
        """Opens a vocoder file. Raises ModelFileError for one that cannot be read; see `models.check` for the rest."""
        header = read_header(vocoder, Findings(lenient=True))
        return cls(vocoder, check_vocoder(header), FileArrays(header))

    @cached_property
    def specs(self) -> dict[str, TensorSpec]:
        """By name, in the order of the file."""
        width, head, n_ff = self.sizes.n_embd, self.sizes.head_size, self.sizes.n_ff
        key_width = self.sizes.n_head_kv * head
        specs = [TensorSpec("token_embd.weight", (width, 1), False)]
        for number in range(self.sizes.n_layer):
            prefix = f"blk.{number}"
            specs += [
                TensorSpec(f"{prefix}.attn_norm.weight", (width,), False),
                TensorSpec(f"{prefix}.attn_q.weight", (width, width), True),
                TensorSpec(f"{prefix}.attn_k.weight", (width, key_width), True),
                TensorSpec(f"{prefix}.attn_v.weight", (width, key_width), True),
                TensorSpec(f"{prefix}.attn_output.weight", (width, width), True),
                TensorSpec(f"{prefix}.attn_q_norm.weight", (head,), False),
                TensorSpec(f"{prefix}.attn_k_norm.weight", (head,), False),
                TensorSpec(f"{prefix}.ffn_norm.weight", (width,), False),
                TensorSpec(f"{prefix}.ffn_gate.weight", (width, n_ff), True),
                TensorSpec(f"{prefix}.ffn_up.weight", (width, n_ff), True),
                TensorSpec(f"{prefix}.ffn_down.weight", (n_ff, width), True),
            ]
        specs.append(TensorSpec("output_norm.weight", (width,), False))
        return {spec.name: spec for spec in specs}

    @property
    def metadata(self) -> dict[str, int | float | str]:
        """All keys of the file but the architecture; floats as float32 has them."""
        sizes = self.sizes
        return {
            "qwen3.block_count": sizes.n_layer,
            "qwen3.context_length": _CONTEXT,
            "qwen3.embedding_length": sizes.n_embd,
            "qwen3.feed_forward_length": sizes.n_ff,
            "qwen3.attention.head_count": sizes.n_head,
            "qwen3.attention.head_count_kv": sizes.n_head_kv,
            "qwen3.rope.freq_base": float(np.float32(ROPE_FREQ_BASE)),
            "qwen3.attention.layer_norm_rms_epsilon": float(np.float32(RMS_EPS)),
            "qwen3.vocab_size": 1,
            "tokenizer.ggml.model": "none",
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self.specs)

    def __len__(self) -> int:
        return len(self.specs)

    def __getitem__(self, name: str) -> EncodedTensor:
        width = self.sizes.n_embd
        if name == "token_embd.weight":
            # llama.cpp wants a vocabulary's table, if only of one token; embeddings go in, so it is not read.
            return encode(np.zeros((1, width), np.float32), _F32)
        if name == "output_norm.weight":
            return encode(np.ones((1, width), np.float32), _F32)
        _, number, tensor, _ = name.split(".")
        if tensor in _ROWS_OF_QKV:
            return self._cut(int(number), tensor)
        source = self.source.encoded(layer(int(number), _NAMES[tensor]))
        if tensor in ("attn_q_norm", "attn_k_norm"):
            numbers = source.data.view(np.float32).reshape(-1)
            return encode(numbers[None, halves(self.sizes.head_size)], _F32)
        return source

    def _cut(self, number: int, tensor: str) -> EncodedTensor:
        """Queries, keys or values out of their one matrix."""
        sizes = self.sizes
        qkv = self.source.encoded(layer(number, "operator.qkv_proj"))
        keys, values = sizes.n_embd, sizes.n_embd + sizes.n_head_kv * sizes.head_size
        rows = {"attn_q": slice(keys), "attn_k": slice(keys, values), "attn_v": slice(values, None)}[tensor]
        data = qkv.data[rows]
        if tensor != "attn_v":
            by_head = data.reshape(-1, sizes.head_size, data.shape[1])
            data = by_head[:, halves(sizes.head_size)].reshape(data.shape)
        return EncodedTensor(qkv.type, np.ascontiguousarray(data))

    def type_of(self, name: str) -> gguf.GGMLQuantizationType:
        """Storage of a tensor, which is that of its source."""
        if not self.specs[name].quantized:
            return _F32
        _, number, tensor, _ = name.split(".")
        stem = "operator.qkv_proj" if tensor in _ROWS_OF_QKV else _NAMES[tensor]
        return gguf.GGMLQuantizationType(self.source.kind(layer(int(number), stem)))

    def key(self) -> str:
        """SHA-256 over all that the file is made of, in hexadecimal."""
        digest = hashlib.sha256(f"{_VERSION} {self.sizes}\n".encode())
        for number in range(self.sizes.n_layer):
            for stem in ("operator.qkv_proj", *_NAMES.values()):
                tensor = self.source.encoded(layer(number, stem))
                digest.update(f"{stem} {tensor.type.name} {tensor.data.shape}\n".encode())
                digest.update(tensor.data.tobytes())
        return digest.hexdigest()


def halves(head_size: int) -> NDArray[np.intp]:
    """Where each number of a head comes from when pairs of neighbours become pairs across two halves."""
    places = np.arange(head_size)
    return np.concatenate([places[0::2], places[1::2]])
