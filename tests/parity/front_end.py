"""llama.cpp's mel spectrogram, which its public interface does not give out.

libmtmd exports a C++ function for its developers that writes every number of a spectrogram to the log, six
digits after the point. It takes a ``std::vector<float>``, which is three pointers in the common C++ libraries.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.models.model_set import ModelSet

FUNCTION = "_Z27mtmd_debug_preprocess_audioP12mtmd_contextRKSt6vectorIfSaIfEE"

_LINE = re.compile(rb"mel\[0\]\[m=(\d+)\]\[t=(\d+)\] = (\S+)")


class _FloatVector(ctypes.Structure):
    _fields_ = [("begin", ctypes.c_void_p), ("end", ctypes.c_void_p), ("room", ctypes.c_void_p)]


def mel_spectrograms(
    model_set: ModelSet, audio: Mapping[str, NDArray[np.float32]], folder: Path
) -> dict[str, NDArray[np.float32]]:
    """Normalised log-mel numbers of each piece, (128, frames), rounded to 1e-6; made in a process of its own."""
    source, target = folder / "samples.npz", folder / "mel.npz"
    np.savez(source, **audio)  # type: ignore[arg-type]
    command = [sys.executable, "-m", "tests.parity.front_end"]
    subprocess.run([*command, model_set.backbone, model_set.mmproj, source, target], check=True, timeout=150)
    with np.load(target) as file:
        return {name: file[name] for name in file.files}


def _probe(backbone: str, mmproj: str, source: str, target: str) -> None:
    import llama_cpp as llama
    from llama_cpp import mtmd_cpp as mtmd

    found: dict[tuple[int, int], float] = {}

    def listen(_level: int, line: bytes, _data: object) -> None:
        if matched := _LINE.search(line):
            found[int(matched[1]), int(matched[2])] = float(matched[3])

    callback = llama.llama_log_callback(listen)
    llama.llama_log_set(callback, None)
    mtmd.mtmd_log_set(callback, None)
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(backbone.encode(), llama.llama_model_default_params())
    options = mtmd.mtmd_context_params_default()
    options.use_gpu, options.warmup = False, False
    context = mtmd.mtmd_init_from_file(mmproj.encode(), model, options)
    function = getattr(mtmd._libmtmd, FUNCTION)
    function.argtypes = [ctypes.c_void_p, ctypes.POINTER(_FloatVector)]
    function.restype = None
    spectrograms = {}
    with np.load(source) as audio:
        for name in audio.files:
            samples = np.ascontiguousarray(audio[name], dtype=np.float32)
            start = samples.ctypes.data
            end = start + samples.nbytes
            found.clear()
            function(context, ctypes.byref(_FloatVector(start, end, end)))
            bins, frames = (max(place[axis] for place in found) + 1 for axis in (0, 1))
            mel = np.full((bins, frames), np.nan, np.float32)
            for place, number in found.items():
                mel[place] = number
            spectrograms[name] = mel
    np.savez(target, **spectrograms)  # type: ignore[arg-type]


if __name__ == "__main__":
    _probe(*sys.argv[1:])
