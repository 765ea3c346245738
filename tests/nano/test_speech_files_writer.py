"""The files for speech are in the official layout: by the official names, read back the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nano.model_set_writer import write_vocoder
from tests.model_sets import TINY_DETOKENIZER, TINY_VOCODER, SeededArrays, add_speech, tiny_model_set
from wyoming_lfm2.gguf import backbone_layout, detokenizer_layout, vocoder_layout
from wyoming_lfm2.gguf.arrays import FileArrays
from wyoming_lfm2.gguf.detokenizer_layout import detokenizer_tensors
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.vocoder_layout import vocoder_tensors
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet


def speech_files(folder: Path, quantization: Quantization) -> tuple[Path, Path]:
    nothing = ModelSet(
        ModelDescription("tiny"), backbone=folder / "tiny.gguf", mmproj=folder / "mmproj-tiny.gguf"
    )
    written = add_speech(nothing, 1, quantization, TINY_VOCODER, TINY_DETOKENIZER)
    assert written.vocoder is not None and written.tokenizer is not None
    return written.vocoder, written.tokenizer


def test_f32_files_give_back_the_very_arrays(tmp_path: Path) -> None:
    vocoder, tokenizer = speech_files(tmp_path, Quantization.F32)
    sources = (
        SeededArrays(1, vocoder_tensors(TINY_VOCODER)),
        SeededArrays(1_000_001, detokenizer_tensors(TINY_DETOKENIZER)),
    )
    for path, source in zip((vocoder, tokenizer), sources, strict=True):
        arrays = FileArrays(read_header(path))
        assert set(arrays) == set(source)
        for name, array in source.items():
            np.testing.assert_array_equal(arrays[name], array, err_msg=name)


@pytest.mark.parametrize("quantization", [Quantization.F16, Quantization.Q8_0, Quantization.Q4_0])
def test_matrices_are_stored_in_the_quantisation_and_vectors_in_f32(
    tmp_path: Path, quantization: Quantization
) -> None:
    vocoder, _tokenizer = speech_files(tmp_path, quantization)
    header = read_header(vocoder)
    for spec in vocoder_tensors(TINY_VOCODER):
        kind = header.tensors[spec.name].type
        assert kind == (quantization.ggml_type if len(spec.shape) == 2 else 0), spec.name


def test_the_released_names_and_shapes_are_those_of_the_official_files() -> None:
    tensors = {spec.name: spec.shape for spec in vocoder_tensors(vocoder_layout.RELEASED_1_5B)}
    assert tensors["depthformer.layers.5.operator.qkv_proj.weight"] == (1024, 1536)
    assert tensors["depthformer.layers.0.operator.attention.k_layernorm.weight"] == (32,)
    assert tensors["depthformer.layers.0.feed_forward.w2.weight"] == (2816, 1024)
    assert tensors["depth_linear.weight"] == (2048, 8192)
    assert tensors["depth_linear.bias"] == (8192,)
    assert tensors["depth_embeddings.7.to_logits.weight"] == (1024, 2049)
    assert tensors["audio_embedding.embedding.weight"] == (2048, 8 * 2049)
    assert tensors["emb.emb.weight"] == (512, 8 * 2048)
    assert max(len(name) for name in tensors) < 64, "ggml reads no longer names"
    detokenizer = {spec.name: spec.shape for spec in detokenizer_tensors(detokenizer_layout.RELEASED_1_5B)}
    assert detokenizer["dense_2.weight"] == (512, 1282)
    assert detokenizer["blk.2.attn_k.weight"] == (512, 256)
    body = detokenizer_layout.RELEASED_1_5B.body
    assert body.n_head_kv == (0, 0, 8, 0, 8, 0, 8, 0)
    assert body.n_ctx_train == backbone_layout.RELEASED_1_5B.n_ctx_train == 128_000


def test_the_keys_are_those_that_the_official_runner_asks_for(tmp_path: Path) -> None:
    vocoder, tokenizer = (read_header(path).metadata for path in speech_files(tmp_path, Quantization.Q8_0))
    assert vocoder["depthformer_n_layer"].scalar == 2
    assert vocoder["depthformer_n_embd"].scalar == 128
    assert " " in str(vocoder["general.architecture"].scalar)
    assert tokenizer["general.architecture"].scalar == "lfm2"
    assert tokenizer["lfm2.attention.sliding_window"].scalar == 30
    assert tokenizer["lfm2.embedding_length_out"].scalar == 1282
    assert tokenizer["tokenizer.ggml.model"].scalar == "none"


def test_a_missing_array_is_named_and_leaves_no_file(tmp_path: Path) -> None:
    arrays = dict(SeededArrays(1, vocoder_tensors(TINY_VOCODER)))
    del arrays["depth_linear.bias"]
    with pytest.raises(ValueError, match=r"depth_linear\.bias"):
        write_vocoder(tmp_path / "vocoder.gguf", TINY_VOCODER, arrays, Quantization.F32)
    assert list(tmp_path.iterdir()) == []


def test_speech_leaves_the_other_files_of_a_tiny_set_as_they_were(tmp_path: Path) -> None:
    silent = tiny_model_set(tmp_path / "silent")
    speaking = tiny_model_set(tmp_path / "speaking", speech=True)
    assert silent.backbone.read_bytes() == speaking.backbone.read_bytes()
    assert silent.mmproj.read_bytes() == speaking.mmproj.read_bytes()
