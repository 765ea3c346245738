"""The comparison of script/check-official-converter says when something is off."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.official_converter import record
from tests.official_converter.check import MEASURED, changes, compare
from tests.official_converter.engine_run import Made

REFERENCE: dict[str, NDArray[Any]] = {
    "asr_prompt": np.array([1, 6]),
    "tts_prompt": np.array([1, 7]),
    **{name: np.eye(3, dtype=np.float32) for name in MEASURED},
}
MADE = Made([1, 6], [1, 7], *(np.eye(3, dtype=np.float32) for _ in MEASURED))


def off(made: Made, limit: str = "F32") -> tuple[str, ...]:
    return compare("F32", REFERENCE, made, "", limit).wrong


def test_what_is_the_same_agrees() -> None:
    assert off(MADE) == ()


@pytest.mark.parametrize("name", MEASURED)
def test_each_number_that_is_compared_can_be_off(name: str) -> None:
    assert off(dataclasses.replace(MADE, **{name: np.eye(3, dtype=np.float32) * 1.01})) == (name,)
    assert name in off(dataclasses.replace(MADE, **{name: np.full((3, 3), np.nan, np.float32)}))
    assert name in off(dataclasses.replace(MADE, **{name: np.eye(4, dtype=np.float32)[:3]}))


def test_prompts_and_choices_can_be_off() -> None:
    assert off(dataclasses.replace(MADE, asr_prompt=[1])) == ("the prompt for a transcript",)
    assert off(dataclasses.replace(MADE, tts_prompt=[1])) == ("the prompt for speech",)
    other = np.eye(3, dtype=np.float32)[::-1]
    assert "choices by asr_logits" in off(dataclasses.replace(MADE, asr_logits=other))


def test_a_moved_version_says_what_came_and_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "record.txt"
    written.write_text("llama-cpp-python 1\nmmproj key a\nmmproj key b\n")
    monkeypatch.setattr(record, "FILE", written)
    assert changes("2", ["mmproj key a", "mmproj key b"]) == []
    said, *lines = changes("2", ["mmproj key a", "mmproj key c"])
    assert "llama-cpp-python 2 writes other files than the record of llama-cpp-python 1" in said
    assert lines == ["-mmproj key b", "+mmproj key c"]
