"""Voice activity detection: how likely each 32 ms of a stream hold speech."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.silero import CONTEXT_SAMPLES, FRAME_SAMPLES, SileroState, packaged_network

__all__ = ["FRAME_S", "FRAME_SAMPLES", "MOST_GAIN", "SileroDetector", "SpeechDetector"]

FRAME_S = FRAME_SAMPLES / 16_000
"""Seconds that get one probability."""

MOST_GAIN = 10.0
"""Factor by which quiet audio is made louder at most, for the detector only."""

_ORDINARY_LEVEL = 0.03  # root mean square of a frame
_LEVEL_DECAY = 0.99  # a frame
_SILENCE_FRAMES = 32


class SpeechDetector(Protocol):
    """Judges one stream."""

    def feed_samples(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
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
    """Silero's network over one stream; cheap to make, the weights are shared.

    Quiet speech is made louder for it, up to ``MOST_GAIN``: the network was trained on
    ordinary levels and misses a short word from across the room. What the model
    transcribes is not changed.
    """

    def __init__(self) -> None:
        self._network = packaged_network()
        self._state = _after_silence()
        self._loudest = 0.0
        # The context of the first frame is silence; after that, the last samples judged.
        self._waiting = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)

    def feed_samples(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See :class:`SpeechDetector`."""
        self._waiting = np.concatenate([self._waiting, samples])
        frames = (len(self._waiting) - CONTEXT_SAMPLES) // FRAME_SAMPLES
        if not frames:
            return np.zeros(0, dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._waiting, CONTEXT_SAMPLES + FRAME_SAMPLES)
        windows = windows[::FRAME_SAMPLES][:frames]
        probabilities = self._network.run(windows * self._gains(windows)[:, np.newaxis], self._state)
        self._waiting = self._waiting[frames * FRAME_SAMPLES :].copy()
        return probabilities

    def flush(self) -> NDArray[np.float32]:
        """See :class:`SpeechDetector`."""
        missing = -(len(self._waiting) - CONTEXT_SAMPLES) % FRAME_SAMPLES
        return self.feed_samples(np.zeros(missing, dtype=np.float32))

    def _gains(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """One for each frame, by the loudest frame of about the last seconds."""
        gains = np.empty(len(windows), dtype=np.float32)
        for frame, level in enumerate(np.sqrt(np.mean(windows[:, CONTEXT_SAMPLES:] ** 2, axis=1))):
            self._loudest = max(float(level), self._loudest * _LEVEL_DECAY)
            gains[frame] = min(max(_ORDINARY_LEVEL / max(self._loudest, 1e-9), 1.0), MOST_GAIN)
        return gains


@cache
def _silence_heard() -> SileroState:
    network = packaged_network()
    state = network.initial_state()
    network.run(np.zeros((_SILENCE_FRAMES, CONTEXT_SAMPLES + FRAME_SAMPLES), dtype=np.float32), state)
    return state


def _after_silence() -> SileroState:
    """A state that has heard silence: one that has heard nothing is slow with the first word."""
    heard = _silence_heard()
    return SileroState(heard.hidden.copy(), heard.cell.copy())
