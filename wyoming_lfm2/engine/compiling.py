"""What to type so that llama.cpp is compiled for the machine that it has to run on."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

from wyoming_lfm2.invocation import pip

_PACKAGE = "llama-cpp-python"

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
    try:
        lines = metadata.requires("wyoming-lfm2") or []
    except metadata.PackageNotFoundError:
        lines = []
    return next((line for line in lines if line.startswith(_PACKAGE)), _PACKAGE)


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


def idle_gpu_layers(layers: int) -> tuple[str, str]:
    """Return what is wrong with ``engine.gpu_layers`` where llama.cpp has no GPU, and what to do."""
    return (
        f"engine.gpu_layers is {layers}, but llama.cpp has no GPU here, so the processor does everything",
        f"For NVIDIA's compile it with {compile_command('-DGGML_CUDA=on')}; or set engine.gpu_layers to 0.",
    )
