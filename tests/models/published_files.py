"""What is publicly known of Liquid AI's published files: sizes, a hash, and which tensors they must hold.

The files themselves could not be had where this was written. What is known of them comes from

- listings of the hub's repositories and lock files of other projects that name files with size and SHA-256
  (the hash of the tokenizer in four of them, its size in two);
- the log of a user who ran llama.cpp's pull request 18641 on the published files, which names the tokenizer's
  layers, the types of its tensors (47 in Q4_0, 1 in Q6_K) and 507 special tokens;
- the converters: llama.cpp's, and the script in that pull request which writes vocoder files.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gguf.constants import GGMLQuantizationType as Type

from wyoming_lfm2.gguf import backbone_layout, detokenizer_layout, encoder_layout, vocoder_layout
from wyoming_lfm2.gguf.backbone_layout import TensorSpec
from wyoming_lfm2.gguf.header import block_sizes

VOCODER_ARCHITECTURE = "this model cannot be used as LLM, use it via --model-vocoder in TTS examples"
"""What stands in published vocoder files where others have the name of an architecture."""

_ALIGNMENT = 32
_AUDIO_ROWS = 8 * 2049


@dataclass(frozen=True)
class PublishedFile:
    """One file of which more than its name is known."""

    name: str
    size: int
    """Bytes."""
    tensors: tuple[TensorSpec, ...]
    stored: Callable[[TensorSpec], Type]
    sha256_begins: str = ""

    @property
    def data(self) -> int:
        """Bytes of the tensors, each filled up to 32."""
        total = 0
        for spec in self.tensors:
            per_block, block_bytes = block_sizes()[int(self.stored(spec))]
            total += _padded(math.prod(spec.shape) // per_block * block_bytes)
        return total

    @property
    def tensor_infos(self) -> int:
        """Bytes in the header that say name, shape, type and place of each tensor."""
        return sum(8 + len(spec.name) + 4 + 8 * len(spec.shape) + 4 + 8 for spec in self.tensors)

    @property
    def keys(self) -> int:
        """What is left of the size: metadata, and up to 31 bytes that fill the header up."""
        return self.size - self.data - self.tensor_infos


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def all_of(quantization: Type) -> Callable[[TensorSpec], Type]:
    """What the converters do: the matrices in one type, the rest in F32."""
    return lambda spec: quantization if spec.quantized else Type.F32


def by_llama_quantize(spec: TensorSpec) -> Type:
    """What llama.cpp's quantiser makes for Q4_0: the head, which is the token embedding too, in Q6_K."""
    return Type.Q6_K if spec.name == "token_embd.weight" else all_of(Type.Q4_0)(spec)


def encoder_in_q4_0(spec: TensorSpec) -> Type:
    """Of the encoder's convolutions the pointwise ones of the layers are in Q4_0 as well."""
    pointwise = ".conv_pw" in spec.name and spec.name.endswith(".weight")
    return Type.Q4_0 if spec.quantized or pointwise else Type.F32


def encoder_tensors(sizes: encoder_layout.EncoderHyperparameters) -> tuple[TensorSpec, ...]:
    """All tensors of a published encoder: the converter leaves two of the audio embedding's in, unused."""
    return (
        *encoder_layout.encoder_tensors(sizes),
        TensorSpec("a.position_embd_norm.weight", (sizes.n_embd_out,), False),
        TensorSpec("a.embd_to_logits.weight", (sizes.n_embd_out, _AUDIO_ROWS), True),
    )


def vocoder_tensors(sizes: vocoder_layout.VocoderHyperparameters) -> tuple[TensorSpec, ...]:
    """All tensors of a published vocoder: what speech needs, and three that nothing reads."""
    norm, head = vocoder_layout.UNUSED
    return (
        *vocoder_layout.vocoder_tensors(sizes),
        TensorSpec(norm, (sizes.n_embd_backbone,), False),
        TensorSpec(head, (sizes.n_embd_backbone, sizes.n_codebooks * sizes.n_rows), True),
        TensorSpec("istft.window", (detokenizer_layout.N_FFT,), False),
    )


_BACKBONE = backbone_layout.backbone_tensors(backbone_layout.RELEASED_1_5B)
_ENCODER = encoder_tensors(encoder_layout.RELEASED_1_5B)

BACKBONE_Q4_0 = PublishedFile("LFM2.5-Audio-1.5B-Q4_0.gguf", 695_750_880, _BACKBONE, by_llama_quantize)
BACKBONE_Q8_0 = PublishedFile("LFM2-Audio-1.5B-Q8_0.gguf", 1_246_253_280, _BACKBONE, all_of(Type.Q8_0))
ENCODER_Q4_0 = PublishedFile("mmproj-LFM2.5-Audio-1.5B-Q4_0.gguf", 219_511_136, _ENCODER, encoder_in_q4_0)
ENCODER_Q8_0 = PublishedFile(
    "mmproj-audioencoder-LFM2-Audio-1.5B-Q8_0.gguf", 332_716_640, _ENCODER, all_of(Type.Q8_0)
)
VOCODER_Q4_0 = PublishedFile(
    "vocoder-LFM2.5-Audio-1.5B-Q4_0.gguf",
    108_986_560,
    vocoder_tensors(vocoder_layout.RELEASED_1_5B),
    all_of(Type.Q4_0),
)
TOKENIZER_Q4_0 = PublishedFile(
    "tokenizer-LFM2.5-Audio-1.5B-Q4_0.gguf",
    50_546_112,
    detokenizer_layout.detokenizer_tensors(detokenizer_layout.RELEASED_1_5B),
    by_llama_quantize,
    sha256_begins="01ec6afe4578",
)
