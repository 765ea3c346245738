"""A trained nano as model files: ``python -m nano.export --state DIR --into DIR``.

From a run of ``nano.train`` come backbone and mmproj; from one of ``nano.voice.train``, with ``--codec``, all four.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer as FastTokenizer

from nano import names, state
from nano import tokenizer as words
from nano.codec import state as codec_state
from nano.corpus import lexicon
from nano.model import Nano
from nano.model_set_writer import write_backbone, write_mmproj
from nano.voice import state as voice_state
from nano.voice.files import export_voice
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters
from wyoming_lfm2.gguf.pronunciations import Pronunciations
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.tokenizer import Tokenizer, TokenType
from wyoming_lfm2.models.embedded import CONVERSATIONAL

NAME = "LFM2-Audio-nano"


def shipped_tokenizer(fast: FastTokenizer) -> Tokenizer:
    """The vocabulary as a model file carries it."""
    size = fast.get_vocab_size()
    tokens = tuple(fast.id_to_token(i) for i in range(size))
    special = {i for i, token in fast.get_added_tokens_decoder().items() if token.special}
    types = tuple(TokenType.CONTROL if i in special else TokenType.NORMAL for i in range(size))
    return Tokenizer(tokens, types, tuple(words.merges_of(fast)))


def backbone_sizes(model: Nano) -> BackboneHyperparameters:
    """Sizes of the backbone file."""
    shape = model.shape.backbone
    return BackboneHyperparameters(
        n_embd=shape.width,
        n_ff=shape.feed_forward,
        n_head=shape.heads,
        n_head_kv=tuple(shape.kv_heads if kind == "a" else 0 for kind in shape.pattern),
        n_vocab=shape.vocabulary,
        n_ctx_train=shape.context,
        shortconv_l_cache=shape.conv_cache,
        rope_freq_base=shape.rope_theta,
        rms_eps=shape.norm_eps,
    )


def encoder_sizes(model: Nano) -> EncoderHyperparameters:
    """Sizes of the mmproj file."""
    shape = model.shape.encoder
    return EncoderHyperparameters(
        n_layer=shape.layers,
        n_ff=shape.feed_forward,
        n_embd_out=model.shape.backbone.width,
        n_adapter=shape.adapter,
        n_positions=shape.positions,
        n_head=shape.heads,
        n_channels=shape.subsampling_channels,
    )


def export(
    model: Nano,
    tokenizer: FastTokenizer,
    into: Path,
    quantization: Quantization,
    tags: Sequence[str] = (),
    pronunciations: Pronunciations | None = None,
) -> tuple[Path, ...]:
    """Write backbone, with what it can do besides as tags, and mmproj into ``into``; returns their paths."""
    into.mkdir(parents=True, exist_ok=True)
    parameters = dict(model.named_parameters())
    arrays = {theirs: names.to_file(ours, parameters[ours]) for ours, theirs in names.all_names(model)}
    shape = model.shape
    arrays[names.POSITIONS] = np.zeros((shape.encoder.positions, shape.backbone.width), np.float32)
    # The official converter keeps these in F32, where they would be half of so small a file;
    # llama.cpp multiplies them like any other matrix.
    smaller = {
        theirs: quantization.ggml_type
        for theirs in arrays
        if ".conv_pw" in theirs and theirs.endswith("weight")
    }
    smaller[names.POSITIONS] = quantization.ggml_type
    backbone = into / f"{NAME}-{quantization.value}.gguf"
    mmproj = into / f"mmproj-{NAME}-{quantization.value}.gguf"
    write_backbone(
        backbone,
        backbone_sizes(model),
        shipped_tokenizer(tokenizer),
        arrays,
        quantization,
        name=NAME,
        tags=tags,
        pronunciations=pronunciations,
    )
    write_mmproj(mmproj, encoder_sizes(model), arrays, quantization, name=NAME, stored_types=smaller)
    return backbone, mmproj


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--state", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--codec", type=Path, help="folder of a run of nano.codec.train; with it, a voice")
    parser.add_argument("--into", type=Path, required=True, help="folder for the files")
    parser.add_argument(
        "--quantization", type=Quantization, default=Quantization.Q8_0, choices=list(Quantization)
    )
    args = parser.parse_args()
    if args.codec:
        speaking, tokenizer, run = voice_state.load_average(args.state)
        step, tags = run.step, ([CONVERSATIONAL] if run.converses else [])
        sounds = lexicon.read(args.state / voice_state.PRONUNCIATIONS)
        codec, frozen = codec_state.load_average(args.codec)
        if not frozen:
            raise SystemExit(f"{args.codec}: the codes are not final yet")
        paths = export(speaking.nano, tokenizer, args.into, args.quantization, tags, sounds)
        paths += export_voice(speaking.voice, codec, args.into, args.quantization, NAME)
    else:
        model, tokenizer, step = state.load_average(args.state)
        paths = export(model, tokenizer, args.into, args.quantization)
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB after {step} steps")


if __name__ == "__main__":
    main()
