"""nano's voice as model files, and back: the vocoder and the detokenizer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from nano import names
from nano.codec.model import Codec
from nano.codec.shape import CodecShape
from nano.model_set_writer import write_detokenizer, write_vocoder
from nano.shape import BackboneShape
from nano.voice.model import Voice
from nano.voice.names import detokenizer_names, vocoder_names
from nano.voice.shape import VoiceShape
from wyoming_lfm2.gguf.arrays import FileArrays
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.detokenizer_check import check_detokenizer
from wyoming_lfm2.gguf.detokenizer_layout import DetokenizerHyperparameters
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.vocoder_check import check_vocoder
from wyoming_lfm2.gguf.vocoder_layout import CODE_EMBEDDING, VocoderHyperparameters

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
    """The voice in a vocoder file; its heads for training, which are not shipped, are new. Raises ModelFileError."""
    header = read_header(vocoder)
    sizes, arrays = check_vocoder(header), FileArrays(header)
    shape = VoiceShape(
        backbone_width=sizes.n_embd_backbone,
        books=sizes.n_codebooks,
        codes=sizes.n_codes,
        layers=sizes.n_layer,
        width=sizes.n_embd,
        heads=sizes.n_head,
        kv_heads=sizes.n_head_kv,
        feed_forward=sizes.n_ff,
    )
    voice = Voice(shape)
    voice.load_state_dict({**voice.state_dict(), **_restored(vocoder_names(shape), arrays)})
    return voice


def restore_codec(vocoder: Path, detokenizer: Path) -> Codec:
    """The detokenizer of two files with its table of codes as books, and a new encoder. Raises ModelFileError."""
    header = read_header(detokenizer)
    sizes, arrays = check_detokenizer(header), FileArrays(header)
    header = read_header(vocoder)
    books, table = check_vocoder(header), FileArrays(header)[CODE_EMBEDDING]
    body = sizes.body
    shape = CodecShape(
        books=books.n_codebooks,
        codes=books.n_codes,
        latent=body.n_embd,
        detokenizer=BackboneShape(
            vocabulary=0,
            pattern="".join("a" if heads else "c" for heads in body.n_head_kv),
            width=body.n_embd,
            heads=body.n_head,
            kv_heads=max(body.n_head_kv),
            feed_forward=body.n_ff,
            conv_cache=body.shortconv_l_cache,
            rope_theta=body.rope_freq_base,
            norm_eps=body.rms_eps,
            window=sizes.sliding_window,
        ),
    )
    codec = Codec(shape)
    values = _restored(detokenizer_names(shape.detokenizer), arrays)
    codec.detokenizer.load_state_dict({**codec.detokenizer.state_dict(), **values})
    # A frame is the mean of the rows of its codes: so the sum of their shares, as they are.
    nn.init.eye_(codec.detokenizer.embed.weight)
    nn.init.zeros_(codec.detokenizer.embed.bias)
    codec.quantizer.tables.copy_(torch.from_numpy(table).view(codec.quantizer.tables.shape) / shape.books)
    return codec


def _restored(both: Iterable[tuple[str, str]], arrays: FileArrays) -> dict[str, Tensor]:
    return {ours: names.from_file(ours, arrays[theirs]) for ours, theirs in both}
