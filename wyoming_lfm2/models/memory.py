"""How much memory a model needs and how much is free: the system ends a process that takes too much without a word."""

from __future__ import annotations

from pathlib import Path

from wyoming_lfm2.models.check import ModelShapes

_PROCESS = 150 << 20
"""Bytes for Python, NumPy and llama.cpp's working buffers."""

_CACHE_BYTES = 2
"""Bytes of each number in the attention's memory: llama.cpp keeps it in F16."""

_MEMINFO = Path("/proc/meminfo")
_OWN_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def needed_bytes(shapes: ModelShapes, context: int) -> int:
    """Estimate what serving a model takes: its files, the attention's memory and the process around them."""
    backbone = shapes.backbone
    attention = sum(2 * heads * backbone.head_size for heads in backbone.n_head_kv)
    return shapes.bytes + context * attention * _CACHE_BYTES + _PROCESS


def available_bytes(
    meminfo: Path = _MEMINFO, own_group: Path = _OWN_GROUP, groups: Path = _GROUPS
) -> int | None:
    """Return what may still be taken: of the machine, and of the control group where it has a limit.

    None where the system does not tell.
    """
    amounts = [int(line.split()[1]) * 1024 for line in _lines(meminfo) if line.startswith("MemAvailable:")]
    group = next((line[3:] for line in _lines(own_group) if line.startswith("0::")), "/").strip()
    folder = groups / group.lstrip("/")
    while folder == groups or groups in folder.parents:
        limit, used = _number(folder / "memory.max"), _number(folder / "memory.current")
        if limit is not None and used is not None:
            # Pages of files count as used, and are given back when somebody needs them.
            cached = sum(
                int(line.split()[1])
                for line in _lines(folder / "memory.stat")
                if line.startswith("inactive_file ")
            )
            amounts.append(max(0, limit - used + cached))
        folder = folder.parent
    return min(amounts, default=None)


def _number(path: Path) -> int | None:
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
