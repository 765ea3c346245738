"""What is said in a report of the machine and its software: nothing that tells whose they are."""

from __future__ import annotations

import importlib.util
import platform
import re
from importlib import metadata
from pathlib import Path

from wyoming_lfm2 import __version__

_CPUINFO = Path("/proc/cpuinfo")
_LIBRARIES = ("llama-cpp-python", "gguf", "numpy", "soxr", "soundfile", "rustymimi")
"""What has a part in the numbers."""


def versions() -> str:
    """Return the versions of the program, Python and the libraries that have a part in the numbers."""
    # Not platform.platform(): the kernel's version may bear the name of who built it.
    parts = [
        f"wyoming-lfm2 {__version__}",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.machine()} {' '.join(platform.libc_ver())}".strip(),
    ]
    for library in _LIBRARIES:
        try:
            parts.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(parts)


def processor_name(cpuinfo: Path = _CPUINFO) -> str:
    """Return the processor's name as the system has it; its architecture where it has none."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def llama_cpp_folder() -> Path | None:
    """Return where llama-cpp-python keeps its compiled libraries; None if it is not installed."""
    spec = importlib.util.find_spec("llama_cpp")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "lib"
