"""nano's voice as model files, and back: the vocoder and the detokenizer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nano import names
from nano.codec.model import Codec
from nano.voice.model import Voice
from nano.voice.names import detokenizer_names, vocoder_names
from nano.voice.shape import VoiceShape
from wyoming_lfm2.models.arrays import FileArrays
from wyoming_lfm2.models.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.models.detokenizer_layout import DetokenizerHyperparameters
from wyoming_lfm2.models.gguf_header import read_header
from wyoming_lfm2.models.quantization import Quantization
from wyoming_lfm2.models.vocoder_layout import (
    AUDIO_EMBEDDING,
    CODE_EMBEDDING,
    VocoderHyperparameters,
    book,
    layer,
)
from wyoming_lfm2.models.writer import write_detokenizer, write_vocoder

_UNUSED_TOKENS = 32
"""Rows of the token embedding that llama.cpp wants in a detokenizer's file."""


def vocoder_sizes(shape: VoiceShape, detokenizer_width: int) -> VocoderHyperparameters:
    """Sizes of the vocoder file."""
    return VocoderHyperparameters(
        n_layer=shape.layers,
        n_embd=shape.width,
        n_ff=shape.feed_forward,
        n_head=shape.heads,
        n_head_kv=shape.kv_heads,
        n_codebooks=shape.books,
        n_codes=shape.codes,
        n_embd_backbone=shape.backbone_width,
        n_embd_detokenizer=detokenizer_width,
    )


def detokenizer_sizes(codec: Codec) -> DetokenizerHyperparameters:
    """Sizes of the detokenizer file."""
    shape = codec.shape.detokenizer
    if shape.window is None:
        raise ValueError("the detokenizer's attention has no window")
    body = BackboneHyperparameters(
        n_embd=shape.width,
        n_ff=shape.feed_forward,
        n_head=shape.heads,
        n_head_kv=tuple(shape.kv_heads if kind == "a" else 0 for kind in shape.pattern),
        n_vocab=_UNUSED_TOKENS,
        shortconv_l_cache=shape.conv_cache,
        rope_freq_base=shape.rope_theta,
        rms_eps=shape.norm_eps,
    )
    return DetokenizerHyperparameters(body, shape.window)


def export_voice(
    voice: Voice, codec: Codec, into: Path, quantization: Quantization, name: str
) -> tuple[Path, Path]:
    """Write vocoder and detokenizer into ``into``; returns their paths."""
    parameters = dict(voice.named_parameters())
    arrays = {theirs: names.to_file(ours, parameters[ours]) for ours, theirs in vocoder_names(voice.shape)}
    table = codec.detokenizer.table(codec.quantizer.tables)
    arrays[CODE_EMBEDDING] = np.ascontiguousarray(table.detach().float().numpy())
    vocoder = into / f"vocoder-{name}-{quantization.value}.gguf"
    sizes = vocoder_sizes(voice.shape, codec.shape.detokenizer.width)
    write_vocoder(vocoder, sizes, arrays, quantization, name=name)
    parameters = dict(codec.detokenizer.named_parameters())
    body = {
        theirs: names.to_file(ours, parameters[ours])
        for ours, theirs in detokenizer_names(codec.shape.detokenizer)
    }
    body["token_embd.weight"] = np.zeros((_UNUSED_TOKENS, codec.shape.detokenizer.width), np.float32)
    detokenizer = into / f"tokenizer-{name}-{quantization.value}.gguf"
    write_detokenizer(detokenizer, detokenizer_sizes(codec), body, quantization, name=name)
    return vocoder, detokenizer


def restore_voice(vocoder: Path) -> Voice:
    """The voice in a vocoder file; its head `guess`, which is not shipped, is new. Raises ModelFileError."""
    arrays = FileArrays(read_header(vocoder))
    books = sum(name.endswith("to_logits.weight") and name.startswith("depth_emb") for name in arrays)
    layers = sum(name.endswith("operator_norm.weight") for name in arrays)
    rows, width = arrays[book(0, "embedding")].shape
    head = arrays[layer(0, "operator.attention.q_layernorm")].shape[0]
    qkv = arrays[layer(0, "operator.qkv_proj")].shape[0]
    shape = replace(
        VoiceShape(),
        backbone_width=arrays[AUDIO_EMBEDDING].shape[1],
        books=books,
        codes=rows - 1,
        layers=layers,
        width=width,
        heads=width // head,
        kv_heads=(qkv - width) // (2 * head),
        feed_forward=arrays[layer(0, "feed_forward.w1")].shape[0],
    )
    voice = Voice(shape)
    values = voice.state_dict()
    for ours, theirs in vocoder_names(shape):
        values[ours] = names.from_file(ours, arrays[theirs])
    voice.load_state_dict(values)
    return voice
