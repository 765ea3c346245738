"""What a file says of itself."""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest

from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.models.embedded import CONVERSATIONAL, TAGS, read_tags


def header(path: Path, value: object) -> Path:
    writer = gguf.GGUFWriter(path, "lfm2")
    if isinstance(value, list):
        writer.add_array(TAGS, value)
    elif isinstance(value, str):
        writer.add_string(TAGS, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ([CONVERSATIONAL, "audio"], {CONVERSATIONAL, "audio"}),
        (None, set()),
        ("audio", set()),
        ([1, 2], set()),
    ],
)
def test_tags_are_the_strings_of_one_key(tmp_path: Path, value: object, tags: set[str]) -> None:
    assert read_tags(header(tmp_path / "a.gguf", value)) == tags


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        read_tags(tmp_path / "missing.gguf")
