"""What a model is told that wants to know how words sound."""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest

from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.pronunciations import SOUNDS, WORDS, Pronunciations, read_pronunciations

KNOWN = Pronunciations(
    {"the": "E@", "light": "L~T", "on": "\\N", "AM": "+{M", "am": "&M", "isn't": "`Z@NT", "one": "W^N"}
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The light.", "The E@ light. L~T"),
        ("LIGHT on", "LIGHT L~T on \\N"),
        ("am AM Am", "am &M AM +{M Am &M"),
        ("Isn't it?", "Isn't `Z@NT it? /IT"),
        ("Emma's Zoë", "Emma's /EMMAS Zoë /ZOË"),
        ("one-on", "one-on W^N \\N"),
        ("the  -  20 %", "the E@ - 20 %"),
        ("'the'", "'the' E@"),
        (" ", ""),
    ],
)
def test_each_word_is_followed_by_how_it_sounds(text: str, told: str) -> None:
    assert KNOWN.told(text) == told


def header(path: Path, words: list[str] | str | None, sounds: list[str] | None) -> Path:
    writer = gguf.GGUFWriter(path, "lfm2")
    if isinstance(words, list):
        writer.add_array(WORDS, words)
    elif words is not None:
        writer.add_string(WORDS, words)
    if sounds is not None:
        writer.add_array(SOUNDS, sounds)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_a_file_may_have_them_or_not(tmp_path: Path) -> None:
    assert read_pronunciations(header(tmp_path / "a.gguf", None, None)) is None
    found = read_pronunciations(header(tmp_path / "b.gguf", ["the", "zoë"], ["E@", "Z<|"]))
    assert found == Pronunciations({"the": "E@", "zoë": "Z<|"})


@pytest.mark.parametrize(("words", "sounds"), [(["a", "b"], ["@"]), (["a"], None), ("a", ["@"])])
def test_words_without_sounds_are_one_sentence(
    tmp_path: Path, words: list[str] | str, sounds: list[str] | None
) -> None:
    with pytest.raises(ModelFileError, match=r"a\.gguf.* says how \d of its \d words sound"):
        read_pronunciations(header(tmp_path / "a.gguf", words, sounds))
