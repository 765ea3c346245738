"""Writing the files of a model set in the official layout from NumPy arrays.

Arrays are named as in GGUF and shaped as NumPy and PyTorch have them, the slowest dimension first: a linear
layer is (outputs, inputs). They are asked for one at a time and written at once, so a mapping that makes them
on demand writes a file larger than memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import gguf

from wyoming_lfm2.gguf import backbone_layout, detokenizer_layout, encoder_layout, vocoder_layout
from wyoming_lfm2.gguf.arrays import TensorSource, write_tensors
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters, TensorSpec, backbone_tensors
from wyoming_lfm2.gguf.detokenizer_layout import DetokenizerHyperparameters, detokenizer_tensors
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters, encoder_tensors
from wyoming_lfm2.gguf.pronunciations import SOUNDS, WORDS, Pronunciations
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.tokenizer import IM_END, PAD, START_OF_TEXT, Tokenizer
from wyoming_lfm2.gguf.vocoder_layout import VocoderHyperparameters, vocoder_tensors

_HEAD = "token_embd.weight"


def stored_type(spec: TensorSpec, quantization: Quantization) -> gguf.GGMLQuantizationType:
    """The GGML type in which the functions below store float numbers of this tensor."""
    if not spec.quantized:
        return gguf.GGMLQuantizationType.F32
    if quantization is Quantization.Q4_0 and spec.name == _HEAD:
        # Official Q4_0 files keep the tied head in Q6_K, which Python cannot make; Q8_0 is the next finer.
        return gguf.GGMLQuantizationType.Q8_0
    return quantization.ggml_type


def write_backbone(
    path: Path,
    sizes: BackboneHyperparameters,
    tokenizer: Tokenizer,
    arrays: TensorSource,
    quantization: Quantization,
    *,
    name: str = "LFM2-Audio",
    tags: Sequence[str] = (),
    pronunciations: Pronunciations | None = None,
    stored_types: Mapping[str, gguf.GGMLQuantizationType] | None = None,
) -> None:
    """Writes a backbone; the file appears under its name when it is complete.

    ``arrays`` has every tensor of `backbone_tensors(sizes)`. Float arrays are stored as `stored_type` says for
    ``quantization``, or in the type that ``stored_types`` gives for their name; an EncodedTensor is stored as
    it is, and must be of that type. Raises ValueError when an array is missing or has another shape or type,
    or when vocabulary and sizes disagree.
    """
    _check_token_count(tokenizer, sizes)

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_type("model")
        writer.add_name(name)
        if tags:
            writer.add_tags(tags)
        if pronunciations is not None:
            writer.add_array(WORDS, list(pronunciations.sounds))
            writer.add_array(SOUNDS, list(pronunciations.sounds.values()))
        writer.add_file_type(quantization.file_type)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        _add_lfm2_sizes(writer, sizes)
        _add_vocabulary(writer, tokenizer)

    specs = backbone_tensors(sizes)
    write_tensors(
        path, backbone_layout.ARCHITECTURE, keys, specs, arrays, _types(specs, quantization, stored_types)
    )


def write_mmproj(
    path: Path,
    sizes: EncoderHyperparameters,
    arrays: TensorSource,
    quantization: Quantization,
    *,
    name: str = "LFM2-Audio",
    stored_types: Mapping[str, gguf.GGMLQuantizationType] | None = None,
) -> None:
    """Writes an encoder and its adapter; see `write_backbone`. ``arrays`` follows `encoder_tensors(sizes)`.

    Batch normalisation is folded: ``conv_norm`` holds weight / sqrt(var + 1e-5) and bias - mean * that.
    """

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_type("mmproj")
        writer.add_name(name)
        writer.add_file_type(quantization.file_type)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        writer.add_clip_has_audio_encoder(True)
        writer.add_audio_projection_dim(sizes.n_embd_out)
        writer.add_audio_embedding_length(encoder_layout.D_MODEL)
        # The official converter writes the width here; nothing reads it for this projector.
        writer.add_audio_feed_forward_length(encoder_layout.D_MODEL)
        writer.add_audio_block_count(sizes.n_layer)
        writer.add_audio_head_count(sizes.n_head)
        writer.add_clip_projector_type(encoder_layout.PROJECTOR)
        writer.add_audio_num_mel_bins(encoder_layout.MEL_BINS)
        writer.add_audio_attention_layernorm_eps(1e-5)

    specs = encoder_tensors(sizes)
    write_tensors(
        path, encoder_layout.ARCHITECTURE, keys, specs, arrays, _types(specs, quantization, stored_types)
    )


def write_vocoder(
    path: Path,
    sizes: VocoderHyperparameters,
    arrays: TensorSource,
    quantization: Quantization,
    *,
    name: str = "LFM2-Audio",
    stored_types: Mapping[str, gguf.GGMLQuantizationType] | None = None,
) -> None:
    """Writes a vocoder; see `write_backbone`. ``arrays`` follows `vocoder_tensors(sizes)`.

    Query and key rows are in the reference's order, in which neighbours are turned together.
    """

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_name(name)
        writer.add_file_type(quantization.file_type)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        writer.add_uint32(vocoder_layout.LAYER_COUNT, sizes.n_layer)
        writer.add_uint32(vocoder_layout.WIDTH, sizes.n_embd)

    specs = vocoder_tensors(sizes)
    write_tensors(
        path, vocoder_layout.ARCHITECTURE, keys, specs, arrays, _types(specs, quantization, stored_types)
    )


def write_detokenizer(
    path: Path,
    sizes: DetokenizerHyperparameters,
    arrays: TensorSource,
    quantization: Quantization,
    *,
    name: str = "LFM2-Audio",
    tokenizer: Tokenizer | None = None,
    stored_types: Mapping[str, gguf.GGMLQuantizationType] | None = None,
) -> None:
    """Writes a detokenizer; see `write_backbone`. ``arrays`` follows `detokenizer_tensors(sizes)`.

    With ``tokenizer``, of as many tokens as the sizes say, the file carries that vocabulary: nothing uses it, but
    llama.cpp's converter wrote such files before February 2026.
    """
    if tokenizer is not None:
        _check_token_count(tokenizer, sizes.body)

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_type("model")
        writer.add_name(name)
        writer.add_file_type(quantization.file_type)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        _add_lfm2_sizes(writer, sizes.body)
        writer.add_sliding_window(sizes.sliding_window)
        writer.add_embedding_length_out(detokenizer_layout.N_OUT)
        if tokenizer is None:
            writer.add_tokenizer_model("none")
        else:
            _add_vocabulary(writer, tokenizer)

    specs = detokenizer_tensors(sizes)
    write_tensors(
        path, backbone_layout.ARCHITECTURE, keys, specs, arrays, _types(specs, quantization, stored_types)
    )


def _types(
    specs: Sequence[TensorSpec],
    quantization: Quantization,
    chosen: Mapping[str, gguf.GGMLQuantizationType] | None,
) -> list[gguf.GGMLQuantizationType]:
    return [(chosen or {}).get(spec.name, stored_type(spec, quantization)) for spec in specs]


def _add_lfm2_sizes(writer: gguf.GGUFWriter, sizes: BackboneHyperparameters) -> None:
    writer.add_block_count(sizes.n_layer)
    writer.add_context_length(sizes.n_ctx_train)
    writer.add_embedding_length(sizes.n_embd)
    writer.add_feed_forward_length(sizes.n_ff)
    writer.add_head_count(sizes.n_head)
    writer.add_head_count_kv(list(sizes.n_head_kv))
    writer.add_rope_freq_base(sizes.rope_freq_base)
    writer.add_layer_norm_rms_eps(sizes.rms_eps)
    writer.add_vocab_size(sizes.n_vocab)
    writer.add_shortconv_l_cache(sizes.shortconv_l_cache)


def _check_token_count(tokenizer: Tokenizer, sizes: BackboneHyperparameters) -> None:
    if len(tokenizer.tokens) != sizes.n_vocab or len(tokenizer.types) != sizes.n_vocab:
        raise ValueError(f"the tokenizer has {len(tokenizer.tokens)} tokens, the sizes say {sizes.n_vocab}")


def _add_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(tokenizer.pre)
    writer.add_token_list(list(tokenizer.tokens))
    writer.add_token_types([int(kind) for kind in tokenizer.types])
    writer.add_token_merges(list(tokenizer.merges))
    writer.add_bos_token_id(tokenizer.number(START_OF_TEXT))
    writer.add_eos_token_id(tokenizer.number(IM_END))
    writer.add_pad_token_id(tokenizer.number(PAD))
    writer.add_add_bos_token(True)
