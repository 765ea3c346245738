"""What llama.cpp's converter was seen to write is what the layouts say, and is of the pinned version."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.models import published_files
from tests.official_converter.layouts import BACKBONE, DETOKENIZER, ENCODER
from wyoming_lfm2.gguf.backbone_layout import TensorSpec, backbone_tensors
from wyoming_lfm2.gguf.detokenizer_layout import detokenizer_tensors

RECORD = (Path(__file__).parent / "record.txt").read_text().splitlines()
_TENSOR = re.compile(r"(\w+) tensor (\S+) ([\d x]+), (.+?)(?: \((\d+) times\))?")

LAYOUTS = {
    "backbone": backbone_tensors(BACKBONE),
    "mmproj": published_files.encoder_tensors(ENCODER),
    "tokenizer": detokenizer_tensors(DETOKENIZER),
}

Described = dict[tuple[str, tuple[int, ...]], tuple[int, bool]]
"""Name with N for a number, and shape; how often, and whether it is quantised."""


def described(specs: tuple[TensorSpec, ...]) -> Described:
    found: Described = {}
    for spec in specs:
        key = (re.sub(r"\.\d+\.", ".N.", spec.name), trimmed(spec.shape))
        found[key] = (found.get(key, (0, False))[0] + 1, spec.quantized)
    return found


def recorded(part: str) -> Described:
    found: Described = {}
    for line in RECORD:
        if (matched := _TENSOR.fullmatch(line)) and matched[1] == part:
            shape = trimmed(tuple(int(extent) for extent in matched[3].split(" x ")))
            found[matched[2], shape] = (int(matched[5] or 1), matched[4] != "F32")
    return found


def trimmed(shape: tuple[int, ...]) -> tuple[int, ...]:
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def test_the_record_is_of_the_pinned_version() -> None:
    """Where this fails the pin has moved: run script/check-official-converter and look at what it says."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert RECORD[0].replace(" ", "==") in project["dependencies"]


@pytest.mark.parametrize("part", LAYOUTS)
def test_the_converter_writes_the_tensors_of_our_layout(part: str) -> None:
    assert recorded(part) == described(LAYOUTS[part])


def test_the_converter_writes_no_vocabulary_into_a_tokenizer_file() -> None:
    assert "tokenizer key tokenizer.ggml.model STRING none" in RECORD
    assert "tokenizer with its vocabulary key tokenizer.ggml.model STRING gpt2" in RECORD
