"""From what a device records, at any rate and with any channels, to the satellite's frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from wyoming_lfm2.satellite.sound.device import FRAME_SAMPLES, MICROPHONE_RATE, SAMPLE_BYTES


@dataclass(frozen=True)
class CaptureFormat:
    """What a recorder writes: signed 16 bit, interleaved."""

    rate: int = MICROPHONE_RATE
    """Hertz."""

    channels: int = 1

    channel: int | None = None
    """The one that is taken, from 0; ``None``: their mean. Some microphone arrays put their echo reference on one."""

    gain_db: float = 0.0


class FrameMaker:
    """Takes recorded bytes as they come and gives whole frames."""

    def __init__(self, capture: CaptureFormat) -> None:
        self._capture = capture
        self._bytes = bytearray()
        self._samples = np.zeros(0, np.float32)
        self._gain = 10.0 ** (capture.gain_db / 20.0)
        self._resampler = (
            soxr.ResampleStream(capture.rate, MICROPHONE_RATE, 1, dtype="float32", quality="MQ")
            if capture.rate != MICROPHONE_RATE
            else None
        )

    def frames(self, pcm: bytes) -> Iterator[NDArray[np.int16]]:
        """Take the next bytes, cut anywhere; yield what is whole.

        :returns: int16, shape ``(512,)``, 16 kHz mono each.
        """
        self._bytes += pcm
        whole = (
            len(self._bytes)
            // (SAMPLE_BYTES * self._capture.channels)
            * self._capture.channels
            * SAMPLE_BYTES
        )
        if not whole:
            return
        recorded = np.frombuffer(bytes(self._bytes[:whole]), "<i2").reshape(-1, self._capture.channels)
        del self._bytes[:whole]
        channel = self._capture.channel
        mono = (
            recorded.mean(axis=1, dtype=np.float32)
            if channel is None
            else recorded[:, channel].astype(np.float32)
        )
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        if self._gain != 1.0:
            mono = mono * self._gain
        self._samples = np.concatenate([self._samples, mono])
        while len(self._samples) >= FRAME_SAMPLES:
            frame, self._samples = self._samples[:FRAME_SAMPLES], self._samples[FRAME_SAMPLES:]
            yield np.clip(np.rint(frame), -32768, 32767).astype(np.int16)


def decibels(samples: NDArray[np.int16]) -> float:
    """The level of samples in dBFS (RMS against full scale); -100 for digital silence."""
    power = float(np.mean(np.square(samples.astype(np.float64)))) if len(samples) else 0.0
    return max(-100.0, 10.0 * float(np.log10(max(power, 1e-12) / 32768.0**2)))
