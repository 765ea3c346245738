"""Tiny random model sets in the official layout: the same numbers on every machine, for ever.

No weights are stored in the repository. Parity is judged against outputs that were stored once, so the
weights behind them may not change when NumPy does: they are made from the raw 64-bit words of the counter
generator Philox, which is a published algorithm, by arithmetic that is exact in IEEE 754.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nano.model_set_writer import write_backbone, write_detokenizer, write_mmproj, write_vocoder
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters, TensorSpec, backbone_tensors
from wyoming_lfm2.gguf.detokenizer_layout import DetokenizerHyperparameters, detokenizer_tensors
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters, encoder_tensors
from wyoming_lfm2.gguf.pronunciations import Pronunciations
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.tokenizer import (
    RELEASED_NUMBERS,
    Tokenizer,
    TokenType,
    byte_alphabet,
    to_byte_alphabet,
)
from wyoming_lfm2.gguf.vocoder_layout import (
    AUDIO_EMBEDDING,
    CODE_EMBEDDING,
    VocoderHyperparameters,
    book,
    vocoder_tensors,
)
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet

WORDS = (
    *("turn", "Turn", " on", " off", " the", " kitchen", " light", " lights", "Perform", " ASR", "system"),
    *(
        "user",
        "assistant",
        " what",
        " time",
        " is",
        " it",
        " set",
        " a",
        " timer",
        " for",
        " minutes",
        "What",
    ),
)


def tiny_tokenizer(*, released_numbers: bool = False) -> Tokenizer:
    """342 tokens: the control tokens by their released names, every byte, some words whole.

    The control tokens come first, under other numbers than released, unless ``released_numbers``.
    """
    merges: list[str] = []
    tokens = list(dict.fromkeys(byte_alphabet().values()))
    for word in map(to_byte_alphabet, WORDS):
        for end in range(2, len(word) + 1):
            if word[:end] not in tokens:
                tokens.append(word[:end])
                merges.append(f"{word[: end - 1]} {word[end - 1]}")
    for place, (token, number) in enumerate(RELEASED_NUMBERS.items()):
        tokens.insert(number if released_numbers else place, token)
    types = tuple(TokenType.CONTROL if token in RELEASED_NUMBERS else TokenType.NORMAL for token in tokens)
    return Tokenizer(tuple(tokens), types, tuple(merges))


TINY_BACKBONE = BackboneHyperparameters(
    n_embd=256,
    n_ff=512,
    n_head=8,
    n_head_kv=(0, 2, 0, 2),
    n_vocab=len(tiny_tokenizer().tokens),
    n_ctx_train=4096,
)
TINY_ENCODER = EncoderHyperparameters(
    n_layer=2, n_ff=512, n_embd_out=256, n_adapter=256, n_positions=1700, n_channels=64
)
TINY_VOCODER = VocoderHyperparameters(
    n_layer=2,
    n_embd=128,
    n_ff=256,
    n_head=4,
    n_head_kv=2,
    n_codebooks=8,
    n_codes=31,
    n_embd_backbone=256,
    n_embd_detokenizer=64,
)
TINY_DETOKENIZER = DetokenizerHyperparameters(
    BackboneHyperparameters(n_embd=64, n_ff=128, n_head=4, n_head_kv=(0, 2, 0, 2), n_vocab=8)
)


PUBLISHED_DETOKENIZER = DetokenizerHyperparameters(
    BackboneHyperparameters(
        n_embd=64, n_ff=128, n_head=4, n_head_kv=(0, 0, 2, 0, 2, 0, 2, 0), n_vocab=TINY_BACKBONE.n_vocab
    )
)
"""As the published one, but narrow: its order of layers, its context and, see `published_detokenizer`, a vocabulary."""


def seeded_uniform(seed: int, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Multiples of 2^-24 in [-0.5, 0.5), decided by ``seed`` and ``name`` alone."""
    key = np.frombuffer(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:16], dtype="<u8")
    words = np.random.Philox(key=key).random_raw(int(np.prod(shape)))
    return ((words >> np.uint64(40)).astype(np.float32) * np.float32(2**-24) - np.float32(0.5)).reshape(shape)


_TABLES = ("token_embd.weight", "a.position_embd.weight", AUDIO_EMBEDDING, CODE_EMBEDDING)
_HEADS = ("token_embd.weight", "a.position_embd.weight", book(0, "to_logits"))


class SeededArrays(Mapping[str, NDArray[np.float32]]):
    """Weights for every tensor of ``specs``, made when asked for.

    Matrices have uniform entries of standard deviation 1/sqrt(inputs); norms lie around 1. ``rows`` scales
    rows of the token embedding, which is the head too, or of the first codebook's head: a row made longer
    wins more often.
    """

    def __init__(
        self, seed: int, specs: tuple[TensorSpec, ...], rows: Mapping[int, float] | None = None
    ) -> None:
        self._seed = seed
        self._specs = {spec.name: spec for spec in specs}
        self._rows = dict(rows or {})

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def spec(self, name: str) -> TensorSpec:
        """Shape of a tensor and whether it is quantised."""
        return self._specs[name]

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        spec = self._specs[name]
        uniform = seeded_uniform(self._seed, name, spec.shape[::-1])
        if name == "token_embd_norm.weight":
            # Of either sign: behind positive weights a tied head says the token again that it has just heard.
            return uniform * np.float32(4.0)
        if "norm" in name or ".ln" in name or name.startswith("mm.a.mlp.0"):
            offset = np.float32(1.0 if name.endswith(".weight") else 0.0)
            return offset + uniform * np.float32(0.25)
        if name.endswith(".bias") or "pos_bias" in name:
            return uniform * np.float32(0.25)
        if name in _HEADS:
            for row, factor in self._rows.items():
                uniform[row] *= np.float32(factor)
        if name in _TABLES:
            return uniform
        inputs = int(np.prod(spec.shape[:3])) if "conv1d" in name else spec.shape[0]
        # sqrt(12) turns a uniform distribution of width 1 into one of standard deviation 1.
        return uniform * np.float32(np.sqrt(12.0 / inputs))


def tiny_arrays(
    seed: int, rig: Mapping[str, float] | None = None, tokenizer: Tokenizer | None = None
) -> tuple[SeededArrays, SeededArrays]:
    """Weights of the tiny backbone and encoder; ``rig`` scales the head's rows of the tokens it names."""
    tokenizer = tokenizer or tiny_tokenizer()
    rows = {tokenizer.number(token): factor for token, factor in (rig or {}).items()}
    return (
        SeededArrays(seed, backbone_tensors(TINY_BACKBONE), rows),
        SeededArrays(seed, encoder_tensors(TINY_ENCODER)),
    )


def tiny_model_set(
    directory: Path,
    seed: int = 1,
    quantization: Quantization = Quantization.F32,
    rig: Mapping[str, float] | None = None,
    tokenizer: Tokenizer | None = None,
    *,
    speech: bool = False,
    codes: Mapping[int, float] | None = None,
    tags: Sequence[str] = (),
    pronunciations: Pronunciations | None = None,
) -> ModelSet:
    """Writes a tiny set that llama.cpp loads (40 MB in F32, 17 in Q8_0) and says where it is.

    Width 256, 4 layers (two of attention), an encoder of 2 layers, 34 s of audio at most. Without ``rig`` a
    transcript practically never ends by itself; ``rig={"<|im_end|>": 4.0}`` lets that token be chosen.

    ``speech`` adds a vocoder of 8 books of 31 codes and a detokenizer (2.7 MB in F32). ``codes`` scales rows of
    the first book's head, as ``rig`` those of the text: ``{TINY_VOCODER.end_of_audio: 0.0}`` never ends.
    """
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer or tiny_tokenizer()
    backbone, encoder = tiny_arrays(seed, rig, tokenizer)
    model_set = ModelSet(
        model=ModelDescription(
            "tiny", "Random weights", maker="A random number generator", maker_url="https://example.org/tiny"
        ),
        backbone=directory / f"tiny-{quantization.value}.gguf",
        mmproj=directory / f"mmproj-tiny-{quantization.value}.gguf",
    )
    write_backbone(
        model_set.backbone,
        TINY_BACKBONE,
        tokenizer,
        backbone,
        quantization,
        tags=tags,
        pronunciations=pronunciations,
    )
    write_mmproj(model_set.mmproj, TINY_ENCODER, encoder, quantization)
    if not speech:
        return model_set
    return add_speech(model_set, seed, quantization, TINY_VOCODER, TINY_DETOKENIZER, codes)


TOOL_TOKENS = ("<|tool_call_start|>", "<|tool_call_end|>", "<|tool_list_start|>", "<|tool_list_end|>")


def calling_model_set(directory: Path, seed: int = 1, rig: Mapping[str, float] | None = None) -> ModelSet:
    """Writes a tiny set in F32, without speech, whose vocabulary has LFM2's tokens for calls of functions."""
    plain = tiny_tokenizer()
    types = (*plain.types, *[TokenType.CONTROL] * len(TOOL_TOKENS))
    tokenizer = Tokenizer((*plain.tokens, *TOOL_TOKENS), types, plain.merges)
    sizes = dataclasses.replace(TINY_BACKBONE, n_vocab=len(tokenizer.tokens))
    rows = {tokenizer.number(token): factor for token, factor in (rig or {}).items()}
    directory.mkdir(parents=True, exist_ok=True)
    model_set = ModelSet(
        ModelDescription("calling"), directory / "calling-F32.gguf", directory / "mmproj-calling-F32.gguf"
    )
    arrays = SeededArrays(seed, backbone_tensors(sizes), rows)
    write_backbone(model_set.backbone, sizes, tokenizer, arrays, Quantization.F32)
    write_mmproj(model_set.mmproj, TINY_ENCODER, tiny_arrays(seed)[1], Quantization.F32)
    return model_set


def add_speech(
    model_set: ModelSet,
    seed: int,
    quantization: Quantization,
    vocoder: VocoderHyperparameters,
    detokenizer: DetokenizerHyperparameters,
    codes: Mapping[int, float] | None = None,
) -> ModelSet:
    """Writes a vocoder and a detokenizer of these sizes beside the backbone; see `tiny_model_set`."""
    folder = model_set.backbone.parent
    speaking = dataclasses.replace(
        model_set,
        vocoder=folder / f"vocoder-tiny-{quantization.value}.gguf",
        tokenizer=folder / f"tokenizer-tiny-{quantization.value}.gguf",
    )
    assert speaking.vocoder is not None and speaking.tokenizer is not None
    write_vocoder(
        speaking.vocoder, vocoder, SeededArrays(seed, vocoder_tensors(vocoder), codes), quantization
    )
    # Names in the detokenizer are the backbone's; another seed keeps the numbers from being so too.
    arrays = SeededArrays(seed + 1_000_000, detokenizer_tensors(detokenizer))
    write_detokenizer(speaking.tokenizer, detokenizer, arrays, quantization)
    return speaking


def published_detokenizer(path: Path, tokenizer: Tokenizer | None, seed: int = 1) -> Path:
    """Writes a detokenizer for the tiny vocoder with the published one's layers, in Q8_0, with that vocabulary."""
    arrays = SeededArrays(seed + 1_000_000, detokenizer_tensors(PUBLISHED_DETOKENIZER))
    write_detokenizer(path, PUBLISHED_DETOKENIZER, arrays, Quantization.Q8_0, tokenizer=tokenizer)
    return path
