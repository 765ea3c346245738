"""What must be settled in the process before llama.cpp's library is loaded.

OpenMP reads its environment once, when its library is loaded, so the command line
calls :func:`prepare` before anything imports llama.cpp. Nothing here imports it.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Literal

_LOGGER = logging.getLogger(__name__)

MOST_THREADS = 4
"""More threads than this make one token slower to agree on than to compute."""

_PASSIVE_SPINS = "1000"
"""Some 20 microseconds. The threads of one token meet a few hundred times, mostly within that; sleeping
at once costs a fifth of a token's time, and spinning longer takes from a busy machine."""

_TOPOLOGY = Path("/sys/devices/system/cpu")
_CGROUP_V2 = Path("/sys/fs/cgroup")
_CGROUP_V1 = Path("/sys/fs/cgroup/cpu")
_OWN_CGROUP = Path("/proc/self/cgroup")


def prepare(wait_policy: Literal["passive", "active"]) -> None:
    """Set how idle OpenMP threads wait; takes effect only before llama.cpp is loaded.

    Passive threads sleep after a moment and leave the processor to other programs;
    active ones spin, which is little faster alone and far slower beside anything else.
    """
    # The voice activity detector's matrices are small: NumPy's threads for them only cost, fourfold.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "llama_cpp" in sys.modules:
        if os.environ.get("OMP_WAIT_POLICY") == wait_policy:
            return  # it was loaded with that
        _LOGGER.warning("llama.cpp is already loaded; engine.wait_policy=%s has no effect", wait_policy)
        return
    os.environ["OMP_WAIT_POLICY"] = wait_policy
    if wait_policy == "passive":
        os.environ["GOMP_SPINCOUNT"] = _PASSIVE_SPINS
    else:
        os.environ.pop("GOMP_SPINCOUNT", None)


def default_threads() -> int:
    """Physical cores that this process may use, at least 1 and at most :data:`MOST_THREADS`."""
    cores = _physical_cores(usable_processors(), _TOPOLOGY)
    quota = _quota()
    if quota is not None:
        cores = min(cores, max(1, int(quota)))
    return max(1, min(cores, MOST_THREADS))


def usable_processors() -> frozenset[int]:
    """Logical processors that the scheduler may run this process on."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def _physical_cores(processors: frozenset[int], topology: Path) -> int:
    """Count ``processors``, those that share a core once."""
    cores: set[str] = set()
    for processor in processors:
        siblings = topology / f"cpu{processor}" / "topology" / "thread_siblings_list"
        try:
            cores.add(siblings.read_text(encoding="ascii").strip())
        except (OSError, UnicodeDecodeError):
            cores.add(str(processor))
    return len(cores)


def _quota() -> float | None:
    """Processors' worth of time that the control groups allow, ``None`` without a limit."""
    quotas = [quota for quota in (_quota_v2(), _quota_v1()) if quota is not None]
    return min(quotas, default=None)


def _quota_v2(root: Path = _CGROUP_V2, own: Path = _OWN_CGROUP) -> float | None:
    """The least ``cpu.max`` from this process's group up to the root."""
    group = next((line[3:] for line in _lines(own) if line.startswith("0::")), "/")
    folder = root / group.strip().lstrip("/")
    quotas = []
    while True:
        for line in _lines(folder / "cpu.max"):
            limit, _, period = line.partition(" ")
            if limit.isdigit() and period.strip().isdigit():
                quotas.append(int(limit) / int(period))
        if folder == root or root not in folder.parents:
            return min(quotas, default=None)
        folder = folder.parent


def _quota_v1(root: Path = _CGROUP_V1) -> float | None:
    try:
        limit = int(next(iter(_lines(root / "cpu.cfs_quota_us")), "-1"))
        period = int(next(iter(_lines(root / "cpu.cfs_period_us")), "0"))
    except ValueError:
        return None
    return limit / period if limit > 0 and period > 0 else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
