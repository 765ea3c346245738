"""No header, however damaged, makes the check do anything but accept or refuse it."""

from __future__ import annotations

import dataclasses
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gguf.gguf_draft import Draft
from tests.model_sets import tiny_model_set
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.check import ModelShapes, check_model_set
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    folder = tmp_path_factory.mktemp("hostile")
    full = tiny_model_set(folder / "full", quantization=Quantization.Q4_0, speech=True)
    emptied = {
        part: Draft.of(getattr(full, part)).write(folder / f"{part}.gguf")
        for part in ("backbone", "mmproj", "vocoder", "tokenizer")
    }
    return dataclasses.replace(full, **emptied)  # type: ignore[arg-type]


def write_mutated(source: Path, target: Path, mutations: list[tuple[float, bytes]]) -> None:
    """The header of ``source`` with bytes overwritten at some shares of its length, and its zeros."""
    header = bytearray(Draft.of(source).header())
    for share, replacement in mutations:
        start = int(share * (len(header) - 1))
        header[start : start + len(replacement)] = replacement
    with target.open("wb") as handle:
        handle.write(header)
        handle.truncate(max(source.stat().st_size, len(header)))


@pytest.mark.parametrize("part", ["backbone", "mmproj", "vocoder", "tokenizer"])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lenient=st.booleans(),
    mutations=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.one_of(
                st.binary(min_size=1, max_size=12),
                st.sampled_from(
                    [b"\xff" * 8, b"\x00" * 8, (2**40).to_bytes(8, "little"), b"\xff\xff\xff\x7f"]
                ),
            ),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_header_with_overwritten_bytes_is_accepted_or_refused(
    sound: ModelSet, tmp_path: Path, part: str, lenient: bool, mutations: list[tuple[float, bytes]]
) -> None:
    path = tmp_path / "mutated.gguf"
    write_mutated(getattr(sound, part), path, mutations)
    outcome: ModelShapes | ModelFileError
    try:
        changed = dataclasses.replace(sound, lenient=lenient, **{part: path})  # type: ignore[arg-type]
        outcome = check_model_set(changed)
    except ModelFileError as error:
        outcome = error
    assert isinstance(outcome, ModelShapes) or (outcome.path == path and "\n" not in str(outcome))


MEMORY_PROBE = """
import resource, sys
from pathlib import Path
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header_reader import read_header
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        read_header(Path(path))
    except ModelFileError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_claimed_counts_cost_no_memory(tmp_path: Path) -> None:
    start = b"GGUF" + (3).to_bytes(4, "little")
    key = (1).to_bytes(8, "little") + b"k"
    array = (9).to_bytes(4, "little")
    counts = [(2**40).to_bytes(8, "little"), (2**31).to_bytes(8, "little"), (2**20).to_bytes(8, "little")]
    paths = []
    for number, count in enumerate(counts):
        for kind in (0, 8, 10):
            content = start + (0).to_bytes(8, "little") + (1).to_bytes(8, "little") + key
            content += array + kind.to_bytes(4, "little") + count
            paths.append(tmp_path / f"{number}-{kind}.gguf")
            with paths[-1].open("wb") as handle:
                handle.write(content)
                handle.truncate(2**32)
    probe = subprocess.run(
        [sys.executable, "-c", MEMORY_PROBE, *map(str, paths)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32)),
    )
    # A list of empty strings may fill the 16 MiB that a header may have: 2 million of them.
    assert int(probe.stdout) < 100 * 1024, "KiB"
