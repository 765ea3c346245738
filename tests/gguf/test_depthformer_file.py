"""The depthformer that llama.cpp runs is the vocoder's own, byte for byte, and its file looks after itself."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.gguf.depthformer_in_numpy import run_depthformer
from tests.model_sets import TINY_DETOKENIZER, TINY_VOCODER, add_speech
from tests.unprivileged import run_python
from wyoming_lfm2.engine.llama.library import load_library
from wyoming_lfm2.gguf import depthformer_file as module
from wyoming_lfm2.gguf.arrays import FileArrays
from wyoming_lfm2.gguf.depthformer_file import depthformer_file
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet

STEPS = 8


def tiny_vocoder(folder: Path, quantization: Quantization = Quantization.F32, seed: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    nothing = ModelSet(
        ModelDescription("tiny"), backbone=folder / "tiny.gguf", mmproj=folder / "mmproj-tiny.gguf"
    )
    vocoder = add_speech(nothing, seed, quantization, TINY_VOCODER, TINY_DETOKENIZER).vocoder
    assert vocoder is not None
    return vocoder


def hidden_states(path: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What llama.cpp makes of embeddings, behind the output norm, which has weights of one."""
    llama: Any = load_library().llama
    params = llama.llama_model_default_params()
    model = llama.llama_model_load_from_file(str(path).encode(), params)
    assert model
    options = llama.llama_context_default_params()
    options.n_ctx = options.n_batch = options.n_ubatch = options.n_outputs_max = 64
    options.embeddings = True
    options.n_threads = options.n_threads_batch = 1
    context = llama.llama_init_from_model(model, options)
    assert context
    count, width = inputs.shape
    batch = llama.llama_batch_init(count, width, 1)
    try:
        ctypes.memmove(batch.embd, np.ascontiguousarray(inputs).ctypes.data, inputs.nbytes)
        batch.n_tokens = count
        for row in range(count):
            batch.pos[row], batch.n_seq_id[row], batch.seq_id[row][0], batch.logits[row] = row, 1, 0, 1
        assert llama.llama_decode(context, batch) == 0
        return np.ctypeslib.as_array(llama.llama_get_embeddings(context), shape=inputs.shape).copy()
    finally:
        llama.llama_batch_free(batch)
        llama.llama_free(context)
        llama.llama_model_free(model)


@pytest.mark.parametrize(("quantization", "tolerance"), [("F32", 2e-3), ("F16", 5e-3), ("Q8_0", 5e-2)])
def test_llama_cpp_computes_what_the_vocoders_tensors_say(
    tmp_path: Path, quantization: str, tolerance: float
) -> None:
    """Against the same in NumPy; F16 is the attention's memory, and Q8_0 rounds the inputs of matrices."""
    vocoder = tiny_vocoder(tmp_path / "set", Quantization(quantization))
    inputs = np.random.default_rng(1).standard_normal((STEPS, TINY_VOCODER.n_embd)).astype(np.float32)
    hidden = run_depthformer(FileArrays(read_header(vocoder)), TINY_VOCODER, inputs.astype(np.float64))
    expected = hidden / np.sqrt(np.square(hidden).mean(-1, keepdims=True) + 1e-5)
    got = hidden_states(depthformer_file(vocoder, tmp_path), inputs)
    assert np.abs(got - expected).max() < tolerance


def test_quantised_rows_move_as_bytes(tmp_path: Path) -> None:
    vocoder = tiny_vocoder(tmp_path / "set", Quantization.Q4_0)
    source = FileArrays(read_header(vocoder))
    result = FileArrays(read_header(depthformer_file(vocoder, tmp_path)))
    for number in range(TINY_VOCODER.n_layer):
        moved = np.concatenate([result.encoded(f"blk.{number}.attn_{part}.weight").data for part in "qkv"])
        rows = source.encoded(f"depthformer.layers.{number}.operator.qkv_proj.weight").data
        assert sorted(map(bytes, moved)) == sorted(map(bytes, rows))
        down = source.encoded(f"depthformer.layers.{number}.feed_forward.w2.weight")
        np.testing.assert_array_equal(result.encoded(f"blk.{number}.ffn_down.weight").data, down.data)
    # Head 1 of the keys: its even numbers first, then its odd ones.
    keys = source["depthformer.layers.1.operator.qkv_proj.weight"][128 + 32 : 128 + 64]
    np.testing.assert_array_equal(
        result["blk.1.attn_k.weight"][32:64], np.concatenate([keys[0::2], keys[1::2]])
    )


def test_the_file_is_written_once_and_found_again(tmp_path: Path) -> None:
    vocoder = tiny_vocoder(tmp_path / "set")
    path = depthformer_file(vocoder, tmp_path)
    written = path.stat().st_mtime_ns
    assert path.is_relative_to(tmp_path)
    assert depthformer_file(vocoder, tmp_path) == path
    assert path.stat().st_mtime_ns == written
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "no drafts stay"


def test_another_vocoder_under_the_same_name_gets_another_file(tmp_path: Path) -> None:
    first = depthformer_file(tiny_vocoder(tmp_path / "set"), tmp_path)
    vocoder = tiny_vocoder(tmp_path / "set", seed=2)
    second = depthformer_file(vocoder, tmp_path)
    assert first != second
    expected = FileArrays(read_header(vocoder))["depthformer.layers.0.feed_forward.w1.weight"]
    np.testing.assert_array_equal(FileArrays(read_header(second))["blk.0.ffn_gate.weight"], expected)


@pytest.mark.parametrize("damage", ["cut", "one byte", "empty", "another", "norm", "key"])
def test_a_damaged_file_is_noticed_and_written_anew(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    vocoder = tiny_vocoder(tmp_path / "set")
    path = depthformer_file(vocoder, tmp_path)
    sound = path.read_bytes()
    spoiled = bytearray(sound)
    if damage == "cut":
        spoiled = spoiled[:-1000]
    elif damage == "one byte":
        spoiled[-20_000] ^= 1
    elif damage == "empty":
        spoiled = bytearray()
    elif damage == "another":
        spoiled = bytearray(vocoder.read_bytes())
    elif damage == "key":
        spoiled[spoiled.index(b"qwen3.rope.freq_base") + len(b"qwen3.rope.freq_base") + 4] ^= 1
    else:
        ones = read_header(path).tensors["output_norm.weight"]
        spoiled[ones.offset] ^= 1
    path.write_bytes(spoiled)
    with caplog.at_level(logging.WARNING):
        assert depthformer_file(vocoder, tmp_path) == path
    assert path.read_bytes() == sound
    assert "damaged" in caplog.text


def refuse_to_write(monkeypatch: pytest.MonkeyPatch, number: int, everywhere: bool, cache: Path) -> None:
    """Let files be refused in the cache folder, or everywhere, as the system does it."""
    write = module.write_tensors

    def refusing(path: Path, *args: Any) -> None:
        if everywhere or path.is_relative_to(cache):
            raise OSError(number, os.strerror(number), str(path))
        write(path, *args)

    monkeypatch.setattr(module, "write_tensors", refusing)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_without_a_writable_cache_it_goes_to_a_temporary_folder_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    cache = tmp_path / "cache"
    refuse_to_write(monkeypatch, number, everywhere=False, cache=cache)
    path = depthformer_file(tiny_vocoder(tmp_path / "set"), cache)
    assert not path.is_relative_to(cache)
    assert FileArrays(read_header(path)).kind("blk.0.attn_q.weight").name == "F32"
    assert "set model.cache to a folder that can be written" in caplog.text
    assert os.strerror(number).lower() in caplog.text


def test_a_cache_folder_that_is_a_file_is_no_obstacle_either(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    cache.write_text("not a folder")
    assert depthformer_file(tiny_vocoder(tmp_path / "set"), cache).is_file()
    assert "model.cache" in caplog.text


def test_a_cache_folder_that_is_closed_to_this_user_is_no_obstacle_either(tmp_path: Path) -> None:
    vocoder = tiny_vocoder(tmp_path / "set")
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    made = "import sys, pathlib\nfrom wyoming_lfm2.gguf.depthformer_file import depthformer_file\n"
    made += "print(depthformer_file(*map(pathlib.Path, sys.argv[1:])).stat().st_size > 0)"
    ended = run_python("-c", made, str(vocoder), str(closed / "cache"))
    closed.chmod(0o700)
    assert ended.stdout == "True\n"
    assert "model.cache" in ended.stderr


def test_with_no_room_anywhere_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_write(monkeypatch, errno.ENOSPC, everywhere=True, cache=tmp_path)
    with pytest.raises(ModelFileError, match=r"no space left.*model\.cache") as refusal:
        depthformer_file(tiny_vocoder(tmp_path / "set"), tmp_path / "cache")
    assert str(refusal.value).count("\n") == 0
