"""What the converter writes, line by line, so that two versions of it can be held against each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.official_converter import sizes
from tests.official_converter.quantize import llama_cpp_quantizes
from wyoming_lfm2.gguf.header import Header, Value, type_name
from wyoming_lfm2.gguf.header_reader import read_header

FILE = Path(__file__).parent / "record.txt"
_PARTS = ("backbone", "mmproj", "tokenizer")
_OWN_TYPE = "in the type that names the file"


def lines(work: Path) -> list[str]:
    """Every key and every tensor of the files below ``work``; layers of the same make are one line."""
    found = []
    for part in _PARTS:
        # The encoder in Q4_0 is neither the converter's nor the quantiser's.
        storages = sizes.CONVERTED if part == "mmproj" else sizes.STORAGES
        headers = {
            storage: read_header(work / storage / sizes.file_names(storage)[part]) for storage in storages
        }
        found += [f"{part} key {line}" for line in _keys(headers)]
        found += [f"{part} tensor {line}" for line in _tensors(headers)]
    kept = read_header(work / sizes.WITH_VOCABULARY / sizes.file_names("F32")["tokenizer"])
    found += [f"tokenizer with its vocabulary key {line}" for line in _keys({"F32": kept})]
    # In a folder of its own: what an aborted quantiser leaves behind is no file of the set.
    source = work / "F32" / sizes.file_names("F32")["mmproj"]
    quantizes = llama_cpp_quantizes(source, work / "mmproj-by-the-quantiser.gguf")
    found.append(f"mmproj by llama.cpp's own quantiser in Q4_0: {'written' if quantizes else 'not written'}")
    return found


def _keys(headers: Mapping[str, Header]) -> list[str]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for storage, header in headers.items():
        for name, value in header.metadata.items():
            found[name][storage] = _written(value)
    return [f"{name} {_by_storage(values, headers)}" for name, values in sorted(found.items())]


def _tensors(headers: Mapping[str, Header]) -> list[str]:
    kinds: dict[str, dict[str, str]] = defaultdict(dict)
    for storage, header in headers.items():
        for tensor in header.tensors.values():
            shape = " x ".join(map(str, tensor.shape))
            kinds[f"{tensor.name} {shape}"][storage] = type_name(tensor.type)
    made = [
        re.sub(r"\.\d+\.", ".N.", name) + ", " + _by_storage(each, headers) for name, each in kinds.items()
    ]
    return [f"{line} ({count} times)" if count > 1 else line for line, count in sorted(Counter(made).items())]


def _by_storage(values: Mapping[str, str], headers: Mapping[str, Header]) -> str:
    all_of_them = [values.get(storage, "missing") for storage in headers]
    if len(set(all_of_them)) == 1:
        return all_of_them[0]
    if all_of_them == list(headers):
        return _OWN_TYPE
    return ", ".join(f"{value} in {storage}" for storage, value in zip(headers, all_of_them, strict=True))


def _written(value: Value) -> str:
    if value.items is None:
        text = str(value.scalar).replace("\n", "\\n")
        return f"{value.type.name} {text if len(text) <= 60 else f'of {len(text)} characters'}"
    if len(value.items) <= 16:
        return f"array of {value.type.name} {list(value.items)}"
    return f"array of {len(value.items)} {value.type.name}"
