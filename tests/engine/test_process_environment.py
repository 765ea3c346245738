from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wyoming_lfm2.engine.llama import process_environment


def _topology(folder: Path, cores: list[str]) -> Path:
    """A stand-in for /sys/devices/system/cpu: the list of siblings of each processor."""
    for processor, siblings in enumerate(cores):
        place = folder / f"cpu{processor}" / "topology"
        place.mkdir(parents=True)
        (place / "thread_siblings_list").write_text(siblings + "\n", encoding="ascii")
    return folder


def test_processors_that_share_a_core_count_once(tmp_path: Path) -> None:
    topology = _topology(tmp_path, ["0,2", "1,3", "0,2", "1,3"])
    count = process_environment._physical_cores
    assert count(frozenset({0, 1, 2, 3}), topology) == 2
    assert count(frozenset({0, 2}), topology) == 1
    assert count(frozenset({1, 2}), topology) == 2


def test_without_a_topology_every_processor_counts(tmp_path: Path) -> None:
    assert process_environment._physical_cores(frozenset(range(3)), tmp_path) == 3


def test_the_least_quota_up_to_the_root_counts(tmp_path: Path) -> None:
    inner = tmp_path / "system.slice" / "wyoming.service"
    inner.mkdir(parents=True)
    own = tmp_path / "cgroup"
    own.write_text("0::/system.slice/wyoming.service\n", encoding="ascii")
    (inner / "cpu.max").write_text("max 100000\n", encoding="ascii")
    assert process_environment._quota_v2(tmp_path, own) is None
    (inner.parent / "cpu.max").write_text("250000 100000\n", encoding="ascii")
    assert process_environment._quota_v2(tmp_path, own) == 2.5
    (inner / "cpu.max").write_text("150000 100000\n", encoding="ascii")
    assert process_environment._quota_v2(tmp_path, own) == 1.5


def test_the_older_control_groups_count_too(tmp_path: Path) -> None:
    assert process_environment._quota_v1(tmp_path) is None
    (tmp_path / "cpu.cfs_quota_us").write_text("-1\n", encoding="ascii")
    (tmp_path / "cpu.cfs_period_us").write_text("100000\n", encoding="ascii")
    assert process_environment._quota_v1(tmp_path) is None
    (tmp_path / "cpu.cfs_quota_us").write_text("50000\n", encoding="ascii")
    assert process_environment._quota_v1(tmp_path) == 0.5


@pytest.mark.parametrize(("quota", "threads"), [(None, 4), (2.9, 2), (0.3, 1), (16.0, 4)])
def test_threads_follow_cores_and_quota_between_one_and_four(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, threads: int
) -> None:
    monkeypatch.setattr(process_environment, "_physical_cores", lambda *_: 8)
    monkeypatch.setattr(process_environment, "_quota", lambda: quota)
    assert process_environment.default_threads() == threads


def test_a_process_pinned_to_one_processor_uses_one_thread() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system does not pin processes")
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from wyoming_lfm2.engine.llama.process_environment import default_threads\n"
        "print(default_threads())"
    )
    assert _python(code) == "1"


def test_openmp_is_told_before_llama_is_loaded_and_no_later() -> None:
    code = (
        "import os, logging\n"
        "from wyoming_lfm2.engine.llama.process_environment import prepare\n"
        "prepare('passive')\n"
        "before = os.environ['OMP_WAIT_POLICY'], 'llama_cpp' in __import__('sys').modules\n"
        "from wyoming_lfm2.engine.llama.library import load_library\n"
        "load_library(); prepare('active')\n"
        "print(*before, os.environ['OMP_WAIT_POLICY'])"
    )
    assert _python(code) == "passive False passive"


def _python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout.strip()


def test_numpy_comes_after_the_environment_and_stays_on_one_thread() -> None:
    code = (
        "import os, sys\n"
        "import wyoming_lfm2.cli.serve\n"
        "from wyoming_lfm2.engine.llama.process_environment import prepare\n"
        "before = 'numpy' in sys.modules\n"
        "prepare('passive')\n"
        "import numpy, threading\n"
        "numpy.ones((512, 512)) @ numpy.ones((512, 512))\n"
        "print(before, len(os.listdir('/proc/self/task')))"
    )
    assert _python(code) == "False 1"
