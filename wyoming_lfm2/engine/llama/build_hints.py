"""What to type so that llama.cpp is compiled for the machine that it has to run on."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

from wyoming_lfm2.invocation import pip

_PACKAGE = "llama-cpp-python"

LLAMA_CPP_PYTHON = "0.3.36"
"""The version whose C structures and file checks this program was written against; also in pyproject.toml."""

_WITHOUT_AMX = '"-DCMAKE_C_FLAGS=-U__AMX_INT8__ -DCMAKE_CXX_FLAGS=-U__AMX_INT8__"'
"""As in ``script/setup``."""

_SWITCHES = {
    "sse3": "SSE42",
    "ssse3": "SSE42",
    "avx": "AVX",
    "avx2": "AVX2",
    "bmi2": "BMI2",
    "f16c": "F16C",
    "fma": "FMA",
}
"""``ggml_cpu_has_<key>()`` to the option ``GGML_<value>`` of ggml's CMakeLists.txt that compiles it in on x86.

Those that are on by themselves: an image has others only if it was built for the processor that built it.
"""


def requirement() -> str:
    """Return the version of llama-cpp-python that this program was written against, as pip takes it."""
    return f"{_PACKAGE}=={LLAMA_CPP_PYTHON}"


def installed_version() -> str | None:
    """Return llama-cpp-python's version without importing it; None if it does not say."""
    try:
        return metadata.version(_PACKAGE)
    except metadata.PackageNotFoundError:
        return None


def wrong_version() -> tuple[str, str] | None:
    """Return what is wrong with llama-cpp-python's version, and what to do; None if it is the right one.

    A part behind a plus, as in 0.3.36+cu124, only says how it was compiled.
    """
    installed = installed_version()
    if installed is not None and installed.partition("+")[0] == LLAMA_CPP_PYTHON:
        return None
    problem = (
        f"llama-cpp-python is {installed or 'of a version that it does not say'}, and this program knows the memory "
        f"layout of {LLAMA_CPP_PYTHON}: with another one the process may end or the model say nonsense"
    )
    return problem, f"Run: {pip()} install {requirement()}"


def compile_command(cmake_arguments: str = "") -> str:
    """Return the command that compiles llama.cpp here, in the place of the one that is installed."""
    setting = f"CMAKE_ARGS={cmake_arguments} " if cmake_arguments else ""
    how = f"--force-reinstall --no-deps --no-cache-dir --no-binary {_PACKAGE}"
    return f"{setting}{pip()} install {how} {requirement()}"


def image_arguments(missing: Iterable[str]) -> str:
    """Return what ``GGML`` has to be for an image that does without instruction sets; empty if none can be left out.

    :param missing: as in ``ggml_cpu_has_<name>()``.
    """
    switches = dict.fromkeys(_SWITCHES[name] for name in missing if name in _SWITCHES)
    return " ".join(f"-DGGML_{switch}=OFF" for switch in switches)


def processor_remedy(missing: Iterable[str]) -> str:
    """Return what to do about a llama.cpp that needs instruction sets which this processor lacks."""
    arguments = image_arguments(missing)
    image = f'with --build-arg GGML="{arguments}"' if arguments else "on this machine"
    return f"Compile it here: {compile_command()} (for a container, build the image {image}; see the Dockerfile)."


def broken_amx() -> tuple[str, str]:
    """Return what is wrong with a llama.cpp whose AMX code GCC 12 compiled, and what to do."""
    problem = (
        "llama.cpp was compiled by GCC 12 for a processor with AMX, which this one has, and GCC 12 leaves out most "
        "of the configuration of AMX's tiles: the first prompt would end the process with an illegal instruction"
    )
    return problem, f"Compile it without AMX: {compile_command(_WITHOUT_AMX)}"


def idle_gpu_layers(layers: int) -> tuple[str, str]:
    """Return what is wrong with ``engine.gpu_layers`` where llama.cpp has no GPU, and what to do."""
    return (
        f"engine.gpu_layers is {layers}, but llama.cpp has no GPU here, so the processor does everything",
        f"For NVIDIA's compile it with {compile_command('-DGGML_CUDA=on')}; or set engine.gpu_layers to 0.",
    )
