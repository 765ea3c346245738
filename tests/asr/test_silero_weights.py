from __future__ import annotations

import re
from pathlib import Path

import pytest

from wyoming_lfm2.asr.silero import SileroNetwork
from wyoming_lfm2.asr.silero_weights import SileroFileError, packaged_model, read_weights


def test_the_package_brings_the_model() -> None:
    weights = read_weights(packaged_model())
    assert weights["_model.decoder.rnn.weight_hh"].shape == (512, 128)
    assert weights["_model.encoder.1.reparam_conv.weight"].shape == (64, 128, 3)


@pytest.mark.parametrize("length", [0, 3, 100, 50_000])
def test_a_truncated_model_is_refused_by_name(tmp_path: Path, length: int) -> None:
    path = tmp_path / "vad.bin"
    path.write_bytes(packaged_model().read_bytes()[:length])
    with pytest.raises(SileroFileError, match=re.escape(str(path))):
        read_weights(path)


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "vad.bin"
    path.write_bytes(b"GGUF" + bytes(1_000))
    with pytest.raises(SileroFileError, match=re.escape(str(path))):
        read_weights(path)


def test_a_model_without_one_of_its_tensors_is_refused() -> None:
    weights = read_weights(packaged_model())
    del weights["_model.decoder.rnn.weight_ih"]
    with pytest.raises(SileroFileError, match="weight_ih"):
        SileroNetwork(weights)
