from __future__ import annotations

from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.memory import available_bytes, needed_bytes

MEBIBYTE = 1 << 20


@pytest.fixture
def machine(tmp_path: Path) -> tuple[Path, Path, Path]:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 4096000 kB\nMemAvailable: 2048000 kB\n", encoding="ascii")
    own = tmp_path / "cgroup"
    own.write_text("0::/system.slice/lfm2.service\n", encoding="ascii")
    groups = tmp_path / "groups"
    (groups / "system.slice" / "lfm2.service").mkdir(parents=True)
    return meminfo, own, groups


def limit(folder: Path, limit: str, current: int, inactive_file: int) -> None:
    (folder / "memory.max").write_text(f"{limit}\n", encoding="ascii")
    (folder / "memory.current").write_text(f"{current}\n", encoding="ascii")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {inactive_file}\n", encoding="ascii")


def test_without_a_limit_it_is_what_the_machine_has(machine: tuple[Path, Path, Path]) -> None:
    limit(machine[2] / "system.slice", "max", 10, 0)
    assert available_bytes(*machine) == 2_048_000 * 1024


def test_a_container_may_have_less_than_the_machine(machine: tuple[Path, Path, Path]) -> None:
    """Users' row 21: the container's own limit is what ends the process."""
    limit(machine[2] / "system.slice", str(512 * MEBIBYTE), 200 * MEBIBYTE, 100 * MEBIBYTE)
    limit(machine[2] / "system.slice" / "lfm2.service", "max", 10, 0)
    assert available_bytes(*machine) == (512 - 200 + 100) * MEBIBYTE


def test_a_system_that_does_not_tell_is_unknown_not_zero(tmp_path: Path) -> None:
    assert available_bytes(tmp_path / "a", tmp_path / "b", tmp_path / "c") is None


def test_a_larger_model_and_a_longer_context_need_more(tmp_path: Path) -> None:
    """Users' row 21."""
    small = check_model_set(tiny_model_set(tmp_path / "small", quantization=Quantization.Q8_0))
    large = check_model_set(tiny_model_set(tmp_path / "large", quantization=Quantization.F32))
    assert needed_bytes(large, 1024) - needed_bytes(small, 1024) == large.bytes - small.bytes
    # Two layers of attention, two key-value heads of 32, keys and values, two bytes each.
    assert needed_bytes(small, 2048) - needed_bytes(small, 1024) == 1024 * 2 * 2 * 2 * 32 * 2
