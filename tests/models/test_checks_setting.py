"""``model.checks: warn`` gets past what could be a mistake of ours, and the refusal says so."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import pytest

from tests.gguf.gguf_draft import Draft
from tests.gguf.wrong_headers import BACKBONE_CHANGES, ENCODER_CHANGES
from tests.gguf.wrong_speech_headers import DETOKENIZER_CHANGES, VOCODER_CHANGES
from tests.model_sets import tiny_model_set
from tests.models.test_check import refusal
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.errors import WAY_PAST, ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.models.model_set import ModelSet

CHANGES = {
    "backbone": BACKBONE_CHANGES,
    "mmproj": ENCODER_CHANGES,
    "vocoder": VOCODER_CHANGES,
    "tokenizer": DETOKENIZER_CHANGES,
}
CANNOT_BE_READ = {
    "backbone": {
        "a llama model", "a vocoder", "no architecture", "a split model", "no vocabulary", "no merges",
        "merges as numbers", "no tokens", "token types of strings", "too few token types", "no layer count",
        "no layers", "a million layers", "a layer too many", "layers as a string", "layers as a list",
        "no context length", "a convolution of width 1", "no rms epsilon", "no heads", "heads that do not fit",
        "negative key heads", "an unknown storage", "rows that are no blocks", "an impossible shape", "an empty tensor",
        "five dimensions", "a tensor twice", "a nameless tensor", "a name too long", "fewer tensors than claimed",
        "an odd alignment", "no alignment", "another alignment than used",
    },
    "mmproj": {
        "a projector as a number", "no heads", "no epsilon", "no layers", "no width of output", "no position table",
        "a name that is a number", "no subsampling", "no adapter", "no feed-forward",
    },
    # Not llama.cpp but this program reads most of it.
    "vocoder": VOCODER_CHANGES.keys() - {"a matrix of an unsupported type", "a matrix of integers"},
    "tokenizer": {
        "a llama model", "no architecture", "a vocoder", "an encoder", "a vocabulary without tokens",
        "no vocabulary size", "no window", "a window of nothing", "an endless window", "no output width",
        "a layer too many", "no layers", "heads that do not divide", "a split model", "a name twice",
    },
}  # fmt: skip
"""Whatever ``model.checks`` is."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    folder = tmp_path_factory.mktemp("sound")
    full = tiny_model_set(folder / "full", quantization=Quantization.Q4_0, speech=True)
    parts = {part: Draft.of(getattr(full, part)).write(folder / f"{part}.gguf") for part in CHANGES}
    return dataclasses.replace(full, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("part", "what"), [(part, what) for part in CHANGES for what in CHANGES[part]])
def test_a_refusal_names_the_way_past_it_if_there_is_one(
    sound: ModelSet, tmp_path: Path, part: str, what: str
) -> None:
    change, word = CHANGES[part][what]
    draft = Draft.of(getattr(sound, part))
    change(draft)
    strict = dataclasses.replace(sound, **{part: draft.write(tmp_path / "wrong.gguf")})  # type: ignore[arg-type]
    refused = refusal(strict)
    assert word in refused.problem
    lenient = dataclasses.replace(strict, lenient=True)
    if what in CANNOT_BE_READ[part]:
        assert "model.checks" not in refused.remedy
        with pytest.raises(ModelFileError) as still:
            check_model_set(lenient)
        assert still.value.problem == refused.problem
        return
    assert refused.remedy.endswith(WAY_PAST)
    try:
        passed = [warning.problem for warning in check_model_set(lenient).warnings]
    except ModelFileError as error:
        # What was let pass is not all that is wrong with it.
        passed = [refused.problem] if error.problem != refused.problem else []
    assert refused.problem in passed


def test_a_long_header_is_read_if_the_checks_only_warn(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.backbone)
    header = draft.header()
    # One more key, with a text of 17 MiB.
    key = b"general.licence"
    text = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, 17 * 2**20) + b"x" * (17 * 2**20)
    counts = struct.pack("<IQQ", 3, len(draft.tensors), len(draft.metadata) + 1)
    path = tmp_path / "long.gguf"
    with path.open("wb") as handle:
        handle.write(b"GGUF" + counts + text + header[24:])
        handle.truncate(handle.tell() + sound.backbone.stat().st_size)
    changed = dataclasses.replace(sound, backbone=path)
    refused = refusal(changed)
    assert "longer than 16 MiB" in refused.problem
    assert refused.remedy.endswith(WAY_PAST)
    assert check_model_set(dataclasses.replace(changed, lenient=True)).n_vocab


def test_the_setting_reaches_the_check(sound: ModelSet, tmp_path: Path) -> None:
    for part in ("backbone", "mmproj"):
        prefix = "" if part == "backbone" else f"{part}-"
        (tmp_path / f"{prefix}x.gguf").symlink_to(getattr(sound, part))
    draft = Draft.of(sound.backbone)
    draft.number("lfm2.attention.sliding_window", 4096)
    (tmp_path / "x.gguf").unlink()
    draft.write(tmp_path / "x.gguf")
    with pytest.raises(ModelFileError, match=r"sliding window.* set model\.checks to warn"):
        check_model_set(locate_model_set(ModelSettings(directory=tmp_path)))
    found = locate_model_set(ModelSettings(directory=tmp_path, checks="warn"))
    assert ["sliding window" in warning.problem for warning in check_model_set(found).warnings] == [True]
