"""PCM, the raw samples that clients send: the formats that are taken, and their way to float32 and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

LOWEST_RATE = 8_000
"""Hertz."""

HIGHEST_RATE = 48_000
"""Hertz."""

_WIDTHS = (1, 2, 3, 4)
_CHANNELS = (1, 2)


class AudioError(Exception):
    """Audio that cannot be heard; the text is one sentence for a person."""

    code: ClassVar[str] = "audio"


class AudioFormatError(AudioError):
    """A PCM format that is not taken: rate, width or number of channels."""

    code = "audio-format"


@dataclass(frozen=True)
class PcmFormat:
    """How raw samples are laid out, with Wyoming's field names.

    :raises AudioFormatError: for a format outside of the limits below, or one whose
        fields are not whole numbers (they come from a client's JSON).
    """

    rate: int
    """Samples a second in each channel, 8000 to 48000."""

    width: int
    """Bytes in a sample: 1 is unsigned 8 bit, as in WAV; 2, 3, 4 are signed little-endian."""

    channels: int
    """1, or 2 (interleaved, heard as their average)."""

    def __post_init__(self) -> None:
        for name in ("rate", "width", "channels"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise AudioFormatError(f"The audio's {name} must be a whole number, not {value!r}.")
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise AudioFormatError(
                f"Audio at {self.rate} Hz is not supported: send {LOWEST_RATE} to {HIGHEST_RATE} Hz."
            )
        if self.width not in _WIDTHS:
            raise AudioFormatError(
                f"Samples of {self.width} bytes are not supported: send 1 (unsigned), 2, 3 or 4 (signed)."
            )
        if self.channels not in _CHANNELS:
            raise AudioFormatError(f"{self.channels} channels are not supported: send 1 or 2.")

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample in every channel."""
        return self.width * self.channels

    @property
    def bytes_per_second(self) -> int:
        """Bytes of one second of audio."""
        return self.rate * self.frame_bytes


def decode(pcm: bytes, fmt: PcmFormat) -> NDArray[np.float32]:
    """Turn whole PCM frames (a sample of each channel) into numbers.

    :param pcm: raw samples; its length is a multiple of ``fmt.frame_bytes``.
    :returns: float32, shape ``(frames,)``, mono, -1 to 1.
    :raises ValueError: if the last frame is not whole.
    """
    if len(pcm) % fmt.frame_bytes:
        raise ValueError(f"{len(pcm)} bytes are no whole number of {fmt.frame_bytes}-byte frames")
    flat = _to_float(pcm, fmt.width)
    if fmt.channels == 1:
        return flat
    averaged: NDArray[np.float32] = flat.reshape(-1, fmt.channels).mean(axis=1, dtype=np.float32)
    return averaged


def encode_s16(samples: NDArray[np.float32]) -> bytes:
    """Turn float32 samples of -1 to 1 into signed 16 bit little-endian; louder ones are clipped."""
    scaled = np.rint(np.asarray(samples, dtype=np.float32) * 32768.0)
    integers: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype("<i2")
    return integers.tobytes()


def _to_float(pcm: bytes, width: int) -> NDArray[np.float32]:
    if width == 1:
        unsigned = np.frombuffer(pcm, dtype=np.uint8).astype(np.float32)
        return (unsigned - np.float32(128.0)) / np.float32(128.0)
    if width == 3:
        # NumPy has no 24 bit integer: put each into the upper bytes of a 32 bit one,
        # which also brings the sign into its place.
        wide = np.zeros((len(pcm) // 3, 4), dtype=np.uint8)
        wide[:, 1:] = np.frombuffer(pcm, dtype=np.uint8).reshape(-1, 3)
        pcm, width = wide.tobytes(), 4
    signed = np.frombuffer(pcm, dtype=f"<i{width}").astype(np.float32)
    return signed / np.float32(2.0 ** (8 * width - 1))
