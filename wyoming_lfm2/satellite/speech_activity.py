"""Speech and silence in what the microphone hears, as happenings.

The only file of the satellite that knows the voice activity detector of ``asr``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.speech_tracker import SpeechTracker, frames_in
from wyoming_lfm2.asr.vad import FRAME_S, SileroDetector
from wyoming_lfm2.satellite.core.happenings import SpeechStarted, SpeechStopped


@dataclass(frozen=True)
class SpeechActivitySettings:
    """When sound counts as speech."""

    threshold: float = 0.5
    """Probability from which a frame is likely speech."""
    silence_s: float = 0.2
    """Without speech, until it counts as stopped."""


class SpeechActivity:
    """Watches one stream."""

    def __init__(self, settings: SpeechActivitySettings | None = None) -> None:
        self._settings = settings or SpeechActivitySettings()
        self._silence = frames_in(self._settings.silence_s)
        self._spoke_until = 0.0
        self.speaking = False
        """Whether somebody speaks."""
        self.reset()

    def reset(self) -> None:
        """Forget what was heard; nobody speaks."""
        self._detector = SileroDetector()
        self._tracker = SpeechTracker(self._settings.threshold, FRAME_S)
        self.speaking = False

    def feed(
        self, samples: NDArray[np.int16], captured_at: float, *, counts: bool = True
    ) -> list[SpeechStarted | SpeechStopped]:
        """Take the next samples.

        :param samples: int16, shape ``(n,)``, 16 kHz mono.
        :param captured_at: when the last of them was captured, seconds of the monotonic clock.
        :param counts: False: whatever this sounds like, it is not somebody in the room.
        """
        found: list[SpeechStarted | SpeechStopped] = []
        probabilities = self._detector.feed_samples(samples.astype(np.float32) / np.float32(32768.0))
        for place, probability in enumerate(probabilities):
            frame_end = captured_at - (len(probabilities) - 1 - place) * FRAME_S
            decision = self._tracker.step(float(probability) if counts else 0.0)
            if decision.confirmed:
                self._spoke_until = frame_end
                if not self.speaking:
                    self.speaking = True
                    found.append(SpeechStarted(frame_end - decision.confirmed * FRAME_S))
            elif self.speaking and (decision.silence >= self._silence or decision.over):
                self.speaking = False
                found.append(SpeechStopped(self._spoke_until))
        return found
