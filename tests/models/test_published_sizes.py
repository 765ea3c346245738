"""Sets of the released shape are as long as the published files, but for the keys in their headers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf.quants import quant_shape_to_byte_shape

from tests.models.published_files import (
    BACKBONE_Q4_0,
    BACKBONE_Q8_0,
    ENCODER_Q4_0,
    ENCODER_Q8_0,
    TOKENIZER_Q4_0,
    VOCODER_ARCHITECTURE,
    VOCODER_Q4_0,
    PublishedFile,
)
from wyoming_lfm2.gguf.detokenizer_check import check_detokenizer
from wyoming_lfm2.gguf.detokenizer_layout import RELEASED_1_5B as DETOKENIZER
from wyoming_lfm2.gguf.detokenizer_layout import SLIDING_WINDOW, WIDTH_OUT
from wyoming_lfm2.gguf.encoder_check import check_encoder
from wyoming_lfm2.gguf.encoder_layout import RELEASED_1_5B as ENCODER
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.vocoder_check import check_vocoder
from wyoming_lfm2.gguf.vocoder_layout import LAYER_COUNT, WIDTH
from wyoming_lfm2.gguf.vocoder_layout import RELEASED_1_5B as VOCODER
from wyoming_lfm2.models.catalog import CATALOG, part_of, quantization_of

ALL = (BACKBONE_Q4_0, BACKBONE_Q8_0, ENCODER_Q4_0, ENCODER_Q8_0, VOCODER_Q4_0, TOKENIZER_Q4_0)


def write_without_data(
    path: Path, file: PublishedFile, architecture: str, keys: Callable[[gguf.GGUFWriter], None]
) -> int:
    """A header and a hole in the place of the numbers, which takes no room; returns the file's length."""
    writer = gguf.GGUFWriter(path, architecture)
    keys(writer)
    for spec in file.tensors:
        shape, kind = spec.shape[::-1], file.stored(spec)
        size = int(np.prod(quant_shape_to_byte_shape(shape, kind)))
        writer.add_tensor_info(spec.name, shape, np.dtype(np.float32), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    length = -(-path.stat().st_size // 32) * 32 + file.data
    with path.open("r+b") as handle:
        handle.truncate(length)
    return length


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_the_names_are_those_of_the_catalogue(file: PublishedFile) -> None:
    stems = {entry.stem for entry in CATALOG.values()}
    assert any(f"{stem}-{quantization_of(file.name)}.gguf" in file.name for stem in stems)
    first = file.tensors[0].name
    kinds = {"token_embd.weight": ("backbone", "tokenizer"), "a.position_embd.weight": ("mmproj",)}
    assert part_of(file.name) in kinds.get(first, ("vocoder",))


def test_a_vocoder_is_as_long_as_the_published_one_to_the_byte(tmp_path: Path) -> None:
    """Its converter writes two keys and a sentence, so nothing about its header is unknown."""

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_uint32(LAYER_COUNT, VOCODER.n_layer)
        writer.add_uint32(WIDTH, VOCODER.n_embd)

    path = tmp_path / VOCODER_Q4_0.name
    assert write_without_data(path, VOCODER_Q4_0, VOCODER_ARCHITECTURE, keys) == 108_986_560
    assert check_vocoder(read_header(path)) == VOCODER


@pytest.mark.parametrize("file", [ENCODER_Q4_0, ENCODER_Q8_0], ids=lambda file: file.name)
def test_an_encoder_is_as_long_as_the_published_one_but_for_its_keys(
    tmp_path: Path, file: PublishedFile
) -> None:
    """Descriptions of the model, which a converter takes from its card, are what is left."""

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_clip_has_audio_encoder(True)
        writer.add_audio_projection_dim(ENCODER.n_embd_out)
        writer.add_audio_embedding_length(512)
        writer.add_audio_feed_forward_length(512)
        writer.add_audio_block_count(ENCODER.n_layer)
        writer.add_audio_head_count(ENCODER.n_head)
        writer.add_clip_projector_type("lfm2a")
        writer.add_audio_num_mel_bins(128)
        writer.add_audio_attention_layernorm_eps(1e-5)

    path = tmp_path / file.name
    length = write_without_data(path, file, "clip", keys)
    assert 0 <= file.size - length < 1536
    assert check_encoder(read_header(path)) == ENCODER


def test_both_releases_have_one_vocabulary_in_their_backbones() -> None:
    """Whatever the storage, the same bytes are left of the size: 65,536 tokens and their merges."""
    assert BACKBONE_Q4_0.keys == BACKBONE_Q8_0.keys
    assert 2_300_000 < BACKBONE_Q4_0.keys < 2_500_000


def test_the_published_tokenizer_file_has_the_vocabulary_of_the_backbone(tmp_path: Path) -> None:
    """Its size leaves room for it, to 2 kB; without a vocabulary 828 bytes of keys were written here."""
    assert abs(TOKENIZER_Q4_0.keys - BACKBONE_Q4_0.keys) < 2048
    body = DETOKENIZER.body

    def keys(writer: gguf.GGUFWriter) -> None:
        writer.add_block_count(body.n_layer)
        writer.add_context_length(body.n_ctx_train)
        writer.add_embedding_length(body.n_embd)
        writer.add_feed_forward_length(body.n_ff)
        writer.add_head_count(body.n_head)
        writer.add_head_count_kv(list(body.n_head_kv))
        writer.add_rope_freq_base(body.rope_freq_base)
        writer.add_layer_norm_rms_eps(body.rms_eps)
        writer.add_vocab_size(body.n_vocab)
        writer.add_shortconv_l_cache(body.shortconv_l_cache)
        writer.add_uint32(SLIDING_WINDOW, DETOKENIZER.sliding_window)
        writer.add_uint32(WIDTH_OUT, 1282)
        writer.add_tokenizer_model("none")

    path = tmp_path / TOKENIZER_Q4_0.name
    length = write_without_data(path, TOKENIZER_Q4_0, "lfm2", keys)
    found = check_detokenizer(read_header(path))
    assert dataclasses.replace(found.body, rms_eps=body.rms_eps) == body
    assert TOKENIZER_Q4_0.size - length > 2_300_000


def test_the_published_tokenizer_file_has_the_types_that_a_log_names() -> None:
    """47 tensors in Q4_0 and one in Q6_K, of 45.94 MiB in all."""
    kinds = [TOKENIZER_Q4_0.stored(spec).name for spec in TOKENIZER_Q4_0.tensors]
    assert (kinds.count("Q4_0"), kinds.count("Q6_K")) == (47, 1)
    assert f"{TOKENIZER_Q4_0.data / 2**20:.2f}" == "45.94"
