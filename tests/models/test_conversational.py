"""A nano converses if its file says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gguf
import pytest

from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models.embedded import CONVERSATIONAL, chat_unavailable_reason
from wyoming_lfm2.models.locate import locate_model_set


def header_with(path: Path, tags: Sequence[str]) -> Path:
    """A GGUF file that has tags and nothing else."""
    writer = gguf.GGUFWriter(path, "lfm2")
    if tags:
        writer.add_tags(tags)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_one_with_the_tag_converses(tmp_path: Path) -> None:
    assert chat_unavailable_reason(header_with(tmp_path / "a.gguf", ["audio", CONVERSATIONAL])) == ""


@pytest.mark.parametrize("tags", [[], ["automatic-speech-recognition"]])
def test_one_without_it_says_why_not_and_what_to_do(tmp_path: Path, tags: list[str]) -> None:
    path = header_with(tmp_path / "a.gguf", tags)
    said = chat_unavailable_reason(path)
    assert str(path) in said
    assert "lfm2.5-audio-1.5b" in said


def test_what_cannot_be_read_is_left_to_the_check(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"no model")
    assert chat_unavailable_reason(path) == ""
    assert chat_unavailable_reason(tmp_path / "missing.gguf") == ""


def test_a_nano_of_ones_own_is_asked(tmp_path: Path) -> None:
    (tmp_path / "mmproj-a.gguf").touch()
    header_with(tmp_path / "a.gguf", [])
    assert locate_model_set(ModelSettings(directory=tmp_path)).model.chat_unavailable_reason
    header_with(tmp_path / "a.gguf", [CONVERSATIONAL])
    assert locate_model_set(ModelSettings(directory=tmp_path)).model.chat_unavailable_reason == ""
