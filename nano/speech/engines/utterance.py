"""What a synthesiser returns."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray


@dataclass(frozen=True)
class Utterance:
    """Mono float32 samples at `rate` Hz, the voice's name, and the warp that ``make_clip`` is to apply."""

    samples: NDArray[np.float32]
    rate: int
    voice: str
    warp: float = 1.0


def from_wav(data: bytes, voice: str, warp: float = 1.0) -> Utterance:
    """The utterance in the bytes of a WAV file. Raises soundfile.LibsndfileError if they are none."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    return Utterance(samples[:, 0], rate, voice, warp)
