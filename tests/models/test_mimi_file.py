"""A file that is not Mimi's weights, or cannot be used, is refused with a sentence that says what to do."""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mimi_weights import codebook_shapes, write_safetensors
from tests.model_sets import TINY_DETOKENIZER, TINY_VOCODER, add_speech, tiny_model_set
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.models.mimi_file import check_mimi
from wyoming_lfm2.models.model_set import ModelSet

SIZES = dataclasses.replace(TINY_VOCODER, n_codes=2048)


@pytest.fixture(scope="module")
def mimi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_safetensors(
        tmp_path_factory.mktemp("mimi") / "mimi.safetensors", codebook_shapes(), zeros=True
    )


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """Without a detokenizer."""
    hearing = tiny_model_set(tmp_path_factory.mktemp("first"))
    speaking = add_speech(hearing, 1, Quantization.F32, SIZES, TINY_DETOKENIZER)
    return dataclasses.replace(speaking, tokenizer=None)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def install(there: bool) -> None:
        monkeypatch.setitem(sys.modules, "rustymimi", types.ModuleType("rustymimi") if there else None)

    return install


def test_weights_of_mimi_are_sound(mimi: Path) -> None:
    assert check_mimi(mimi, SIZES) == mimi.stat().st_size


def test_a_set_speaks_by_mimi_without_a_detokenizer(first_release: ModelSet, mimi: Path) -> None:
    assert "tokenizer file is missing" in check_model_set(first_release).tts_unavailable_reason
    shapes = check_model_set(dataclasses.replace(first_release, mimi=mimi))
    assert shapes.tts_unavailable_reason == ""
    assert shapes.speech is not None
    assert shapes.speech.detokenizer is None
    assert shapes.bytes > mimi.stat().st_size


def test_a_model_with_other_codes_cannot_speak_by_mimi(mimi: Path, tmp_path: Path) -> None:
    small = tiny_model_set(tmp_path, speech=True)
    with pytest.raises(
        ModelFileError, match=r"8 codebooks of 2048 codes, and this model speaks 8 of 31.*Leave"
    ):
        check_model_set(dataclasses.replace(small, mimi=mimi))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: b"", "no safetensors file"),
        (lambda data: b"GGUF" + data[4:], "no safetensors file"),
        (lambda data: data[:-1], "cut short"),
        (lambda data: data + b"\0", "cut short, or has more"),
        (lambda data: (2**62).to_bytes(8, "little") + data[8:], "no safetensors file"),
        (lambda data: (2).to_bytes(8, "little") + b"[]", "no safetensors file"),
        (lambda data: (2).to_bytes(8, "little") + b"{}", "no safetensors file"),
    ],
)
def test_a_file_that_is_no_safetensors_file_is_refused(
    tmp_path: Path, change: Callable[[bytes], bytes], problem: str
) -> None:
    path = write_safetensors(tmp_path / "mimi.safetensors", codebook_shapes(8), zeros=True)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ModelFileError, match=f"{problem}.*leave model.mimi out"):
        check_mimi(path, SIZES)


@pytest.mark.parametrize("shapes", [{"other": (1,)}, codebook_shapes(7), codebook_shapes(8, codes=1024)])
def test_a_file_without_the_codes_that_are_spoken_is_refused(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]]
) -> None:
    path = write_safetensors(tmp_path / "other.safetensors", shapes, zeros=True)
    with pytest.raises(ModelFileError, match=r"it has no quantizer.* of 2048 codes"):
        check_mimi(path, SIZES)


def test_the_setting_names_the_weights(mimi: Path, installed: Callable[[bool], None]) -> None:
    installed(True)
    assert locate_model_set(ModelSettings(mimi=mimi)).mimi == mimi
    assert locate_model_set(ModelSettings()).mimi is None


def test_weights_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no such file.*leave model.mimi out"):
        locate_model_set(ModelSettings(mimi=tmp_path / "none.safetensors"))


def test_weights_without_the_extra_are_an_error(mimi: Path, installed: Callable[[bool], None]) -> None:
    installed(False)
    with pytest.raises(ModelFileError, match=r"rustymimi, which cannot be loaded.*wyoming-lfm2\[mimi\]"):
        locate_model_set(ModelSettings(mimi=mimi))
