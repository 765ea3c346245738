"""Wrong model files are refused with the file's name and a remedy; sound ones tell their sizes."""

from __future__ import annotations

import dataclasses
import os
import struct
from pathlib import Path

import pytest
from gguf.constants import GGMLQuantizationType as Type

from tests.gguf.gguf_draft import Draft, DraftTensor
from tests.gguf.wrong_headers import BACKBONE_CHANGES, BACKBONE_ODD, ENCODER_CHANGES, ENCODER_ODD
from tests.model_sets import TINY_BACKBONE, TINY_ENCODER, tiny_model_set
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.invocation import program
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """A set whose files have the right headers and zeros for data."""
    folder = tmp_path_factory.mktemp("sound")
    full = tiny_model_set(folder / "full", quantization=Quantization.Q4_0)
    backbone = Draft.of(full.backbone).write(folder / "tiny.gguf")
    return dataclasses.replace(
        full, backbone=backbone, mmproj=Draft.of(full.mmproj).write(folder / "mmproj.gguf")
    )


def refusal(model_set: ModelSet) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        check_model_set(model_set)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(caught.value.path))
    assert caught.value.remedy.endswith(".")
    assert caught.value.remedy in message
    return caught.value


def test_a_sound_set_tells_its_sizes(sound: ModelSet) -> None:
    shapes = check_model_set(sound)
    assert shapes.backbone == dataclasses.replace(TINY_BACKBONE, rms_eps=shapes.backbone.rms_eps)
    assert shapes.encoder == TINY_ENCODER
    assert shapes.quantization == shapes.encoder_quantization == "Q4_0"
    assert shapes.longest_mel_frames == 2 * TINY_ENCODER.n_positions + 1
    assert shapes.longest_samples // 160 + 1 == shapes.longest_mel_frames
    assert shapes.bytes == sound.backbone.stat().st_size + sound.mmproj.stat().st_size


# Files that are no model files at all.


def test_a_missing_file_says_how_to_get_it(sound: ModelSet, tmp_path: Path) -> None:
    error = refusal(dataclasses.replace(sound, backbone=tmp_path / "none.gguf"))
    assert error.path == tmp_path / "none.gguf"
    assert "does not exist" in str(error)
    assert f"{program()} models download" in error.remedy


def test_a_directory_is_not_a_model(sound: ModelSet, tmp_path: Path) -> None:
    assert "directory" in refusal(dataclasses.replace(sound, mmproj=tmp_path)).problem


def test_a_socket_or_pipe_is_not_a_model(sound: ModelSet, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "plain file" in refusal(dataclasses.replace(sound, backbone=tmp_path / "pipe.gguf")).problem


def test_an_unreadable_file_says_why(
    sound: ModelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(self: Path, *_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert "permission denied" in refusal(sound).problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<html>Not found</html>", "not a GGUF file"),
        (b"GGU", "cut short"),
        (b"GGUF" + struct.pack("<I", 1), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 1), "version"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**62, 1), "more than fit"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**62), "more than fit"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**63) + b"key" * 9, "cut short"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<II", 77, 0) + b"." * 9,
            "unknown type",
        ),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1) + b"." * 9,
            "arrays",
        ),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 8, 2**60) + b"." * 9,
            "strings",
        ),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 10, 2**61), "numbers"),
    ],
)
def test_bytes_that_are_no_gguf_header_are_refused(
    sound: ModelSet, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "wrong.gguf"
    path.write_bytes(content)
    error = refusal(dataclasses.replace(sound, backbone=path))
    assert error.path == path
    assert words in error.problem


@pytest.mark.parametrize("part", ["backbone", "mmproj"])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.99, 0.999999])
def test_a_file_cut_short_anywhere_is_refused(
    sound: ModelSet, tmp_path: Path, part: str, share: float
) -> None:
    whole = getattr(sound, part)
    header = Draft.of(whole).header()
    size = int(whole.stat().st_size * share)
    path = tmp_path / "cut.gguf"
    with path.open("wb") as handle:
        handle.write(header[:size])
        handle.truncate(size)
    error = refusal(dataclasses.replace(sound, **{part: path}))  # type: ignore[arg-type]
    assert error.path == path
    assert "cut short" in error.problem or "more than fit" in error.problem
    assert "again" in error.remedy


def test_a_header_longer_than_any_model_has_is_refused(sound: ModelSet, tmp_path: Path) -> None:
    path = tmp_path / "long.gguf"
    with path.open("wb") as handle:
        handle.write(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**25))
        handle.truncate(2**26)
    assert "longer than 16 MiB" in refusal(dataclasses.replace(sound, backbone=path)).problem


# Sound GGUF files that are not the part they are given as.


def test_files_given_the_wrong_way_round_are_recognised(sound: ModelSet) -> None:
    error = refusal(dataclasses.replace(sound, backbone=sound.mmproj))
    assert error.path == sound.mmproj
    assert "encoder (mmproj) file, not a backbone" in error.problem
    error = refusal(dataclasses.replace(sound, mmproj=sound.backbone))
    assert "backbone file, not an encoder" in error.problem


@pytest.mark.parametrize("what", BACKBONE_CHANGES)
def test_a_wrong_backbone_is_refused(sound: ModelSet, tmp_path: Path, what: str) -> None:
    change, words = BACKBONE_CHANGES[what]
    draft = Draft.of(sound.backbone)
    change(draft)
    path = draft.write(tmp_path / "wrong.gguf")
    error = refusal(dataclasses.replace(sound, backbone=path))
    assert error.path == path
    assert words in error.problem


@pytest.mark.parametrize("what", ENCODER_CHANGES)
def test_a_wrong_mmproj_is_refused(sound: ModelSet, tmp_path: Path, what: str) -> None:
    change, words = ENCODER_CHANGES[what]
    draft = Draft.of(sound.mmproj)
    change(draft)
    path = draft.write(tmp_path / "wrong.gguf")
    error = refusal(dataclasses.replace(sound, mmproj=path))
    assert error.path == path
    assert words in error.problem


def test_an_mmproj_of_another_model_is_refused(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.mmproj)
    draft.number("clip.audio.projection_dim", 512)
    draft.tensor("a.position_embd.weight").shape = (512, 1700)
    draft.tensor("mm.a.mlp.3.weight").shape = (256, 512)
    draft.tensor("mm.a.mlp.3.bias").shape = (512,)
    path = draft.write(tmp_path / "other.gguf")
    error = refusal(dataclasses.replace(sound, mmproj=path))
    assert "width 512" in error.problem
    assert "width 256" in error.problem
    assert str(sound.backbone) in error.problem
    assert "published with this backbone" in error.remedy


# What is unusual but sound.


@pytest.mark.parametrize(
    ("part", "what"),
    [*(("backbone", what) for what in BACKBONE_ODD), *(("mmproj", what) for what in ENCODER_ODD)],
)
def test_what_is_odd_and_harmless_is_a_warning(sound: ModelSet, tmp_path: Path, part: str, what: str) -> None:
    change, word = {**BACKBONE_ODD, **ENCODER_ODD}[what]
    draft = Draft.of(getattr(sound, part))
    change(draft)
    path = draft.write(tmp_path / "odd.gguf")
    (warning,) = check_model_set(dataclasses.replace(sound, **{part: path})).warnings  # type: ignore[arg-type]
    assert warning.path == path
    assert word in warning.problem
    assert str(warning).startswith(f"{path}: ")


def test_a_sound_set_has_no_warning(sound: ModelSet) -> None:
    assert check_model_set(sound).warnings == ()


def test_names_that_are_no_text_and_tensors_without_dimensions_matter_to_nobody(
    sound: ModelSet, tmp_path: Path
) -> None:
    draft = Draft.of(sound.mmproj)
    draft.number("general.\udcff", 1)
    draft.tensors.append(DraftTensor("a.num_batches_tracked", (), Type.F32))
    path = draft.write(tmp_path / "odd.gguf")
    assert check_model_set(dataclasses.replace(sound, mmproj=path)).encoder == TINY_ENCODER


def test_an_untied_head_is_accepted(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.backbone)
    draft.tensors.append(DraftTensor("output.weight", (256, TINY_BACKBONE.n_vocab), Type.Q6_K))
    path = draft.write(tmp_path / "untied.gguf")
    assert check_model_set(dataclasses.replace(sound, backbone=path)).n_vocab == TINY_BACKBONE.n_vocab


def test_more_tensors_in_the_mmproj_are_accepted(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.mmproj)
    draft.tensors.append(DraftTensor("a.embd_to_logits.weight", (256, 1700), Type.Q8_0))
    path = draft.write(tmp_path / "more.gguf")
    assert check_model_set(dataclasses.replace(sound, mmproj=path)).encoder == TINY_ENCODER


def test_a_file_that_does_not_say_its_quantization_is_named_by_its_bytes(
    sound: ModelSet, tmp_path: Path
) -> None:
    draft = Draft.of(sound.backbone)
    del draft.metadata["general.file_type"]
    path = draft.write(tmp_path / "plain.gguf")
    assert check_model_set(dataclasses.replace(sound, backbone=path)).quantization == "Q4_0"
