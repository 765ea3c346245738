"""Files as they are published: names, and a detokenizer that carries the backbone's vocabulary."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from gguf.constants import GGMLQuantizationType

from nano.model_set_reader import read_backbone
from nano.model_set_writer import write_detokenizer
from tests.cli.serving import Start, listening
from tests.gguf.gguf_draft import Draft
from tests.gguf.wrong_headers import token
from tests.model_sets import tiny_model_set
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.arrays import FileArrays
from wyoming_lfm2.gguf.detokenizer_check import check_detokenizer
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import EncodedTensor, Quantization
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.protocol.client import connect

KITCHEN = str(Path(__file__).parents[1] / "data" / "turn_on_the_kitchen_light.wav")
SENTENCE = "Turn on the light."


@pytest.fixture(scope="module")
def nano(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nano's files under the names of the official ones, the tokenizer with the backbone's vocabulary."""
    folder = tmp_path_factory.mktemp("published")
    found = locate_model_set(ModelSettings())
    assert found.vocoder is not None and found.tokenizer is not None
    for prefix, path in (("", found.backbone), ("mmproj-", found.mmproj), ("vocoder-", found.vocoder)):
        (folder / f"{prefix}LFM2.5-Audio-1.5B-Q8_0.gguf").symlink_to(path)
    header = read_header(found.tokenizer)
    sizes, arrays = check_detokenizer(header), FileArrays(header)
    vocabulary = read_backbone(found.backbone).tokenizer
    body = dataclasses.replace(sizes.body, n_vocab=len(vocabulary.tokens))
    tensors: dict[str, EncodedTensor | np.ndarray] = {name: arrays.encoded(name) for name in arrays}
    # One row for each token; the model hears embeddings and looks none up.
    tensors["token_embd.weight"] = np.zeros((body.n_vocab, body.n_embd), np.float32)
    types: dict[str, GGMLQuantizationType] = {name: arrays.kind(name) for name in arrays}
    write_detokenizer(
        folder / "tokenizer-LFM2.5-Audio-1.5B-Q8_0.gguf",
        dataclasses.replace(sizes, body=body),
        tensors,
        Quantization.Q8_0,
        tokenizer=vocabulary,
        stored_types=types,
    )
    return folder


def test_a_set_whose_tokenizer_file_has_a_vocabulary_hears(
    nano: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", "--model-directory", str(nano), KITCHEN]) == 0
    assert capfd.readouterr().out == "Turn on the kitchen light.\n"


def test_it_speaks_sample_for_sample_as_without_a_vocabulary(
    nano: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # Likeliest codes only, so that both say the same; as the official set it has other voices than nano.
    voice = ["--cache", str(tmp_path / "cache"), "--set", "speaking.voices={us-female: {temperature: 0}}"]
    sounds = []
    for name, words in (("with", ["--model-directory", str(nano)]), ("without", [])):
        if not words:
            voice[-1] = "speaking.voices={us-female: {temperature: 0, guidance: 1}}"
        path = tmp_path / f"{name}.wav"
        assert main(["speak", *words, *voice, SENTENCE, "--voice", "us-female", "-o", str(path)]) == 0
        sounds.append(soundfile.read(path)[0])
    assert np.abs(sounds[0]).max() > 0.1
    np.testing.assert_array_equal(*sounds)


def test_its_tokenizer_is_refused_where_llama_cpp_would_not_survive_the_vocabulary(
    nano: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for file in nano.iterdir():
        (tmp_path / file.name).symlink_to(file)
    path = tmp_path / "tokenizer-LFM2.5-Audio-1.5B-Q8_0.gguf"
    draft = Draft.of(path)
    token(draft, "!", b"?")
    path.unlink()
    draft.write(path)
    words = ["transcribe", "--model-directory", str(tmp_path), KITCHEN]
    assert main(words) == 1
    assert "its vocabulary has a token twice" in capfd.readouterr().err
    # Without the check the process is gone without a word of ours.
    tried = subprocess.run(
        [sys.executable, "-m", "wyoming_lfm2", *words, "--set", "model.checks=warn"],
        check=False,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert tried.returncode < 0
    assert f"{path}: its vocabulary has a token twice" in tried.stderr


def test_what_llama_cpp_runs_all_the_same_is_run_if_the_checks_only_warn(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A backbone that looks back over a window as long as its context."""
    found = tiny_model_set(tmp_path / "tiny", quantization=Quantization.Q8_0, rig={"<|im_end|>": 4.0})
    plain = ["transcribe", "--model-directory", str(found.backbone.parent), KITCHEN]
    assert main(plain) == 0
    heard = capfd.readouterr().out
    data = found.backbone.read_bytes()
    draft = Draft.of(found.backbone)
    before = len(draft.header())
    draft.number("lfm2.attention.sliding_window", 4096)
    header = draft.header()
    aligned = [-(-length // 32) * 32 for length in (before, len(header))]
    found.backbone.write_bytes(header.ljust(aligned[1], b"\0") + data[aligned[0] :])
    assert main(plain) == 1
    assert "set model.checks to warn" in capfd.readouterr().err
    assert main([*plain, "--set", "model.checks=warn"]) == 0
    out, err = capfd.readouterr()
    assert out == heard
    assert "it uses a sliding window" in err


def test_describe_and_the_log_name_the_model_that_the_files_are(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    for file in folder.glob("*.gguf"):
        prefix = "mmproj-" if file.name.startswith("mmproj-") else ""
        (tmp_path / f"{prefix}LFM2.5-Audio-1.5B-Q8_0.gguf").symlink_to(file)

    async def described(uri: str) -> list[str]:
        async with connect(uri) as client:
            return [model.name for model in (await client.describe()).asr[0].models]

    process = start("--uri", "tcp://127.0.0.1:0", "--model-directory", str(tmp_path))
    assert process.stderr is not None
    assert "loading LFM2.5-Audio 1.5B by Liquid AI, English, Q8_0, from" in process.stderr.readline()
    assert asyncio.run(described(listening(process))) == ["lfm2.5-audio-1.5b"]
