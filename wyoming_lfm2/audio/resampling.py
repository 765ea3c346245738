"""Turns a PCM stream of any format into 16 kHz mono float32, a chunk at a time."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from wyoming_lfm2.audio.pcm import PcmFormat, decode

TARGET_RATE = 16_000
"""Hertz; what the voice activity detector and the encoder hear."""

_NOTHING: NDArray[np.float32] = np.zeros(0, dtype=np.float32)


class Resampler:
    """One stream in one format.

    However the stream is cut into chunks, the results joined are the same: a PCM frame
    that is not complete waits for the next chunk, and soxr keeps its filter's state.
    """

    def __init__(self, fmt: PcmFormat) -> None:
        self.format = fmt
        self._partial = b""
        self._soxr = (
            soxr.ResampleStream(fmt.rate, TARGET_RATE, 1, dtype="float32")
            if fmt.rate != TARGET_RATE
            else None
        )

    def feed_pcm(self, pcm: bytes) -> NDArray[np.float32]:
        """Take a chunk of any length, also an empty one.

        :returns: float32, shape ``(n,)``, 16 kHz mono: what is ready by now. The
            resampler's filter holds back some milliseconds until :meth:`flush`.
        """
        if self._partial:
            pcm = self._partial + pcm
        whole = len(pcm) - len(pcm) % self.format.frame_bytes
        self._partial = bytes(pcm[whole:])
        if not whole:
            return _NOTHING
        return self._resample(decode(pcm[:whole], self.format), last=False)

    def flush(self) -> NDArray[np.float32]:
        """End the stream: what the filter held back; bytes of an incomplete frame are dropped."""
        self._partial = b""
        return self._resample(_NOTHING, last=True)

    def _resample(self, samples: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        if self._soxr is None:
            return samples
        resampled: NDArray[np.float32] = self._soxr.resample_chunk(samples, last=last)
        return resampled


class PcmStream:
    """One stream whose format may change between chunks, as Wyoming allows."""

    def __init__(self) -> None:
        self._resampler: Resampler | None = None

    def feed_pcm(self, pcm: bytes, fmt: PcmFormat) -> NDArray[np.float32]:
        """Take a chunk; like :meth:`Resampler.feed_pcm`, and a new format flushes the old one first."""
        if self._resampler is not None and self._resampler.format == fmt:
            return self._resampler.feed_pcm(pcm)
        tail = self.flush()
        self._resampler = Resampler(fmt)
        head = self._resampler.feed_pcm(pcm)
        return np.concatenate([tail, head]) if len(tail) else head

    def flush(self) -> NDArray[np.float32]:
        """End the stream; feeding it again begins a new one."""
        if self._resampler is None:
            return _NOTHING
        tail, self._resampler = self._resampler.flush(), None
        return tail
