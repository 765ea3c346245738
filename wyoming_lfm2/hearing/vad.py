"""Which 32 ms of a stream hold speech."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .silero import CONTEXT_SAMPLES, FRAME_SAMPLES, packaged_network

__all__ = ["FRAME_S", "FRAME_SAMPLES", "SileroDetector", "SpeechDetector"]

FRAME_S = FRAME_SAMPLES / 16_000
"""Seconds that get one probability."""


class SpeechDetector(Protocol):
    """Judges one stream."""

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples of the stream, any number of them.

        :param samples: float32, shape ``(n,)``, 16 kHz mono, -1 to 1.
        :returns: float32, shape ``(frames,)``: the probability of speech in each frame
            of ``FRAME_SAMPLES`` that is complete by now and was not judged before.
        """
        ...

    def flush(self) -> NDArray[np.float32]:
        """End the stream: judge the last, incomplete frame, if there is one (shape ``(0,)`` or ``(1,)``)."""
        ...


class SileroDetector:
    """Silero's network over one stream; cheap to make, the weights are shared."""

    def __init__(self) -> None:
        self._network = packaged_network()
        self._state = self._network.initial_state()
        # The context of the first frame is silence; after that, the last samples judged.
        self._waiting = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See :class:`SpeechDetector`."""
        self._waiting = np.concatenate([self._waiting, samples])
        frames = (len(self._waiting) - CONTEXT_SAMPLES) // FRAME_SAMPLES
        if not frames:
            return np.zeros(0, dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._waiting, CONTEXT_SAMPLES + FRAME_SAMPLES)
        probabilities = self._network.run(windows[::FRAME_SAMPLES][:frames], self._state)
        self._waiting = self._waiting[frames * FRAME_SAMPLES :].copy()
        return probabilities

    def flush(self) -> NDArray[np.float32]:
        """See :class:`SpeechDetector`."""
        missing = -(len(self._waiting) - CONTEXT_SAMPLES) % FRAME_SAMPLES
        return self.feed(np.zeros(missing, dtype=np.float32))
