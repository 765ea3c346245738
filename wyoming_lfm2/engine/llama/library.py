"""The only place that imports llama-cpp-python, and only when the engine is loaded.

Its package loads compiled libraries on import. A library built for another
processor ends the process with an illegal instruction, so what it was compiled for
is asked of its own tables first; what it has to say goes to Python's logging.
"""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import re
import threading
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wyoming_lfm2.engine.errors import LibraryError
from wyoming_lfm2.engine.llama.build_hints import (
    broken_amx,
    compile_command,
    processor_remedy,
    requirement,
    wrong_version,
)
from wyoming_lfm2.invocation import pip

_LOGGER = logging.getLogger("wyoming_lfm2.llama_cpp")

_CPU_FLAGS = {
    "sse3": "pni",
    "ssse3": "ssse3",
    "avx": "avx",
    "avx_vnni": "avx_vnni",
    "avx2": "avx2",
    "avx512": "avx512f",
    "avx512_vbmi": "avx512vbmi",
    "avx512_vnni": "avx512_vnni",
    "avx512_bf16": "avx512_bf16",
    "amx_int8": "amx_int8",
    "bmi2": "bmi2",
    "f16c": "f16c",
    "fma": "fma",
    "neon": "asimd",
    "dotprod": "asimddp",
    "matmul_int8": "i8mm",
    "sve": "sve",
}
"""``ggml_cpu_has_<key>()`` to the word that /proc/cpuinfo has for it."""

_COMPILER = re.compile(rb"GCC: \([^()]*(?:\([^()]*\)[^()]*)*\) (\d+)\.")
"""What GCC leaves in the section .comment of all that it compiles."""

_BREAKS_AMX = 12
"""Release of GCC whose ``_tile_loadconfig`` says that eight bytes are read, so that the rest is never written."""

_ERROR, _CONTINUED = 4, 5
_KEPT_ERRORS = 16


@dataclass(frozen=True)
class Library:
    """llama-cpp-python's low-level modules, ready to be called."""

    llama: Any
    """``llama_cpp.llama_cpp``."""
    mtmd: Any
    """``llama_cpp.mtmd_cpp``."""
    ggml: ctypes.CDLL
    """libggml-base, for GGUF headers and dequantisation as llama.cpp itself does them."""
    ggml_cpu: ctypes.CDLL
    """libggml-cpu, for products of stored matrices as llama.cpp itself computes them."""
    complaints: Complaints
    """What the C library said when something went wrong."""


class Complaints:
    """The last error lines of the C library, so that a failure can be explained."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: deque[str] = deque(maxlen=_KEPT_ERRORS)

    def add(self, line: str) -> None:
        """Keep one line."""
        with self._lock:
            self._lines.append(line)

    def take(self) -> str:
        """The lines since the last call, as one piece of text; empty if there were none."""
        with self._lock:
            text = "; ".join(self._lines)
            self._lines.clear()
        return text


@cache
def load_library() -> Library:
    """Import llama-cpp-python once and route its log.

    :raises LibraryError: it is not installed, or was compiled for another processor.
    """
    folder = _library_folder()
    missing = missing_cpu_features(folder)
    if missing:
        raise LibraryError(
            f"llama.cpp in {folder} was compiled for a processor with {', '.join(missing)}, which this one "
            f"lacks. {processor_remedy(missing)}"
        )
    try:
        from llama_cpp import llama_cpp as llama
        from llama_cpp import mtmd_cpp as mtmd

        ggml = ctypes.CDLL(str(folder / "libggml-base.so"))
        ggml_cpu = ctypes.CDLL(str(folder / "libggml-cpu.so"))
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise LibraryError(
            f"llama-cpp-python cannot be loaded ({error}). Run: {compile_command()}"
        ) from error
    complaints = Complaints()
    _route_log(llama, mtmd, complaints)
    llama.llama_backend_init()
    return Library(llama, mtmd, ggml, ggml_cpu, complaints)


def check_version(*, lenient: bool) -> None:
    """Refuse a llama-cpp-python whose structures may be laid out otherwise than the engine has them.

    :param lenient: only warn; the setting ``model.checks`` is ``warn``.
    :raises LibraryError: it is another version, or not installed.
    """
    if importlib.util.find_spec("llama_cpp") is None:
        raise LibraryError(f"llama-cpp-python is not installed. Run: {pip()} install {requirement()}")
    wrong = wrong_version()
    if wrong is None:
        return
    problem, remedy = wrong
    if not lenient:
        raise LibraryError(f"{problem}. {remedy} To try it all the same set model.checks to warn.")
    _LOGGER.warning("%s. %s", problem, remedy)


def check_amx(*, lenient: bool) -> None:
    """Refuse a llama.cpp that would end the process at the first prompt on this processor.

    :param lenient: only warn; the setting ``model.checks`` is ``warn``.
    :raises LibraryError: it uses AMX, and the compiler broke that; or it is not installed.
    """
    if not has_broken_amx(_library_folder()):
        return
    problem, remedy = broken_amx()
    if not lenient:
        raise LibraryError(f"{problem}. {remedy} To try it all the same set model.checks to warn.")
    _LOGGER.warning("%s. %s", problem, remedy)


def has_broken_amx(folder: Path, cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the build in ``folder`` uses this processor's AMX as GCC 12 compiles it: SIGILL at ``tilezero``."""
    if "amx_int8" not in compiled_cpu_features(folder) or "amx_int8" not in _cpu_flags(cpuinfo):
        return False
    try:
        code = (folder / "libggml-cpu.so").read_bytes()
    except OSError:
        return False
    return any(int(found[1]) == _BREAKS_AMX for found in _COMPILER.finditer(code))


def missing_cpu_features(folder: Path, cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    """Instruction sets that the build in ``folder`` uses and this processor lacks.

    Empty where either side cannot be told (another system, or a build that chooses
    its code at run time).
    """
    available = _cpu_flags(cpuinfo)
    if not available:
        return []
    return [name for name in compiled_cpu_features(folder) if _CPU_FLAGS[name] not in available]


def compiled_cpu_features(folder: Path) -> list[str]:
    """Instruction sets that the build in ``folder`` was compiled to use without asking."""
    try:
        # By hand and in this order: the second needs the first, whatever the search path.
        ctypes.CDLL(str(folder / "libggml-base.so"), mode=ctypes.RTLD_GLOBAL)
        cpu = ctypes.CDLL(str(folder / "libggml-cpu.so"))
    except OSError:
        return []
    compiled = []
    for name in _CPU_FLAGS:
        function = getattr(cpu, f"ggml_cpu_has_{name}", None)
        if function is not None and function():
            compiled.append(name)
    return compiled


def _library_folder() -> Path:
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        raise LibraryError(f"llama-cpp-python is not installed. Run: {pip()} install {requirement()}")
    return Path(spec.origin).parent / "lib"


def _cpu_flags(cpuinfo: Path) -> frozenset[str]:
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return frozenset(found.group(1).split()) if found else frozenset()


def _route_log(llama: Any, mtmd: Any, complaints: Complaints) -> None:
    """Send the C library's log to Python's at level debug; keep its errors."""
    last_level = 0

    def hear(level: int, text: bytes, _data: object) -> None:
        nonlocal last_level
        if level == _CONTINUED:
            level = last_level
        last_level = level
        line = text.decode("utf-8", errors="replace").strip()
        if not line or set(line) == {"."}:
            return
        if level == _ERROR:
            complaints.add(line)
        # A warning of llama.cpp's is of interest to developers only: always debug.
        _LOGGER.debug("%s", line)

    callback = llama.llama_log_callback(hear)
    llama.llama_log_set(callback, None)
    mtmd.mtmd_log_set(callback, None)
    mtmd.mtmd_helper_log_set(callback, None)
    # The C side keeps only a pointer.
    _KEPT_ALIVE.append(callback)


_KEPT_ALIVE: list[Any] = []
