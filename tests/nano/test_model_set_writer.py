"""What is written is in the official layout: read back the same, and loaded and run by llama.cpp."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gguf.constants import GGMLQuantizationType as Type

from nano.model_set_reader import read_backbone, read_mmproj
from nano.model_set_writer import write_backbone, write_mmproj
from tests.model_sets import (
    TINY_BACKBONE,
    TINY_ENCODER,
    SeededArrays,
    tiny_arrays,
    tiny_model_set,
    tiny_tokenizer,
)
from wyoming_lfm2.gguf import backbone_layout
from wyoming_lfm2.gguf.backbone_layout import backbone_tensors
from wyoming_lfm2.gguf.encoder_layout import encoder_tensors
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import EncodedTensor, Quantization, decode, encode
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.model_set import ModelSet


def test_f32_files_give_back_the_very_arrays(tmp_path: Path) -> None:
    model_set = tiny_model_set(tmp_path, seed=3)
    backbone, encoder = tiny_arrays(3)
    read = read_backbone(model_set.backbone)
    assert read.sizes.n_head_kv == TINY_BACKBONE.n_head_kv
    assert read.tokenizer == tiny_tokenizer()
    assert set(read.arrays) == set(backbone)
    for name, array in backbone.items():
        np.testing.assert_array_equal(read.arrays[name], array, err_msg=name)
    mmproj = read_mmproj(model_set.mmproj)
    assert mmproj.sizes == TINY_ENCODER
    assert set(mmproj.arrays) == set(encoder)
    for name, array in encoder.items():
        np.testing.assert_array_equal(mmproj.arrays[name], array, err_msg=name)


@pytest.mark.parametrize(
    ("quantization", "share"), [("F16", 2**-10), ("Q8_0", 0.5 / 127 + 2**-11), ("Q4_0", 1 / 8)]
)
def test_quantised_matrices_stay_within_half_a_step_and_the_rest_is_exact(
    tmp_path: Path, quantization: str, share: float
) -> None:
    model_set = tiny_model_set(tmp_path, quantization=Quantization(quantization))
    assert check_model_set(model_set).quantization == quantization
    sources = tiny_arrays(1)
    read = (read_backbone(model_set.backbone).arrays, read_mmproj(model_set.mmproj).arrays)
    layouts = (backbone_tensors(TINY_BACKBONE), encoder_tensors(TINY_ENCODER))
    for source, result, specs in zip(sources, read, layouts, strict=True):
        for spec in specs:
            expected, got = source[spec.name], result[spec.name]
            if not spec.quantized:
                np.testing.assert_array_equal(got, expected, err_msg=spec.name)
                continue
            blocks = np.abs(expected).reshape(-1, 32).max(axis=1, keepdims=True)
            worst = np.max(np.abs(got - expected).reshape(-1, 32) - share * 1.01 * blocks)
            assert worst <= 0, spec.name
            assert np.any(got != expected), spec.name


def test_a_file_in_the_making_is_not_taken_for_a_model(tmp_path: Path) -> None:
    backbone, _ = tiny_arrays(1)
    broken = {**backbone, "blk.2.ffn_up.weight": np.zeros((3, 3), np.float32)}
    with pytest.raises(ValueError, match=r"blk\.2\.ffn_up\.weight has shape"):
        write_backbone(tmp_path / "m.gguf", TINY_BACKBONE, tiny_tokenizer(), broken, Quantization.F32)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_array_and_a_wrong_vocabulary_are_refused(tmp_path: Path) -> None:
    backbone, _ = tiny_arrays(1)
    some = {name: array for name, array in backbone.items() if name != "token_embd.weight"}
    with pytest.raises(ValueError, match="first is token_embd"):
        write_backbone(tmp_path / "m.gguf", TINY_BACKBONE, tiny_tokenizer(), some, Quantization.F32)
    other = backbone_layout.BackboneHyperparameters(256, 512, 8, (0, 2), n_vocab=3)
    with pytest.raises(ValueError, match="tokenizer has"):
        write_backbone(tmp_path / "m.gguf", other, tiny_tokenizer(), backbone, Quantization.F32)


def test_tensors_encoded_already_are_stored_as_they_are(tmp_path: Path) -> None:
    backbone, _ = tiny_arrays(1)
    ready = encode(backbone["blk.0.ffn_up.weight"], Type.Q4_0)
    arrays: dict[str, np.ndarray | EncodedTensor] = {**backbone, "blk.0.ffn_up.weight": ready}
    path = tmp_path / "m.gguf"
    write_backbone(
        path,
        TINY_BACKBONE,
        tiny_tokenizer(),
        arrays,
        Quantization.Q8_0,
        stored_types={"blk.0.ffn_up.weight": Type.Q4_0},
    )
    read = read_backbone(path).arrays
    np.testing.assert_array_equal(read.encoded("blk.0.ffn_up.weight").data, ready.data.reshape(512, -1))
    np.testing.assert_array_equal(read["blk.0.ffn_up.weight"], decode(ready).reshape(512, 256))


RUN_IN_LLAMA_CPP = """
import sys
import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd
backbone, mmproj = (path.encode() for path in sys.argv[1:])
llama.llama_backend_init()
model = llama.llama_model_load_from_file(backbone, llama.llama_model_default_params())
assert model
settings = llama.llama_context_default_params()
settings.n_ctx, settings.n_threads = 64, 1
context = llama.llama_init_from_model(model, settings)
tokens = (llama.llama_token * 4)(3, 4, 5, 9)
assert llama.llama_decode(context, llama.llama_batch_get_one(tokens, 4)) == 0
logits = llama.llama_get_logits_ith(context, -1)
assert all(logits[i] == logits[i] for i in range(300))
options = mtmd.mtmd_context_params_default()
options.use_gpu, options.n_threads, options.warmup = False, 1, False
encoder = mtmd.mtmd_init_from_file(mmproj, model, options)
assert encoder
import ctypes
samples = (ctypes.c_float * 8000)(*([0.1, -0.1] * 4000))
bitmap = mtmd.mtmd_bitmap_init_from_audio(8000, samples)
marker = mtmd.mtmd_default_marker()
text = mtmd.mtmd_input_text(text=marker, text_len=len(marker), add_special=False, parse_special=False)
chunks = mtmd.mtmd_input_chunks_init()
bitmaps = (ctypes.c_void_p * 1)(bitmap)
assert mtmd.mtmd_tokenize(encoder, chunks, ctypes.byref(text), bitmaps, 1) == 0
chunk = mtmd.mtmd_input_chunks_get(chunks, 0)
assert mtmd.mtmd_input_chunk_get_n_tokens(chunk) == 7
assert mtmd.mtmd_encode_chunk(encoder, chunk) == 0
heard = ctypes.cast(mtmd.mtmd_get_output_embd(encoder), ctypes.POINTER(ctypes.c_float))
assert all(abs(heard[i]) < 100 for i in range(7 * 256))
print("ran")
"""


def run_in_llama_cpp(model_set: ModelSet) -> None:
    """In a process of its own: a failed assertion would end this one."""
    run = subprocess.run(
        [sys.executable, "-c", RUN_IN_LLAMA_CPP, str(model_set.backbone), str(model_set.mmproj)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip().endswith("ran")


@pytest.mark.parametrize("quantization", list(Quantization))
def test_llama_cpp_loads_and_runs_what_is_written(tmp_path: Path, quantization: Quantization) -> None:
    run_in_llama_cpp(tiny_model_set(tmp_path, quantization=quantization))


def test_pointwise_convolutions_and_the_position_table_may_be_quantised(tmp_path: Path) -> None:
    """The official converter keeps them in F32, which is half of a small file."""
    model_set = tiny_model_set(tmp_path, quantization=Quantization.Q8_0)
    _, encoder = tiny_arrays(1)
    smaller = {name: Type.Q8_0 for name in encoder if ".conv_pw" in name and name.endswith("weight")}
    smaller["a.position_embd.weight"] = Type.Q8_0
    before = model_set.mmproj.stat().st_size
    write_mmproj(model_set.mmproj, TINY_ENCODER, encoder, Quantization.Q8_0, stored_types=smaller)
    assert model_set.mmproj.stat().st_size < 0.6 * before
    assert check_model_set(model_set).encoder == TINY_ENCODER
    run_in_llama_cpp(model_set)


def test_the_weights_of_the_tests_are_the_same_for_ever() -> None:
    digest = hashlib.sha256()
    for arrays in tiny_arrays(1, rig={"<|im_end|>": 2.0}):
        for name in sorted(arrays):
            digest.update(arrays[name].astype("<f4").tobytes())
    assert digest.hexdigest() == "29d480c708ebbc0ae74d7ad69f2b073afdca7fbbb319201adc2cb03674cea5c6"
    assert isinstance(arrays, SeededArrays)


def test_every_tensor_of_a_written_file_is_aligned(tmp_path: Path) -> None:
    header = read_header(tiny_model_set(tmp_path).backbone)
    assert {tensor.offset % 32 for tensor in header.tensors.values()} == {0}
