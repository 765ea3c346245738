"""When a command is over, for brains that leave that to the satellite."""

from __future__ import annotations

import numpy as np

from wyoming_lfm2.asr.endpointer import Endpointer
from wyoming_lfm2.asr.speech_tracker import SpeechTracker
from wyoming_lfm2.asr.vad import SileroDetector
from wyoming_lfm2.config.settings import EndpointingSettings


class EndOfSpeech:
    """Watches one command."""

    def __init__(self, settings: EndpointingSettings) -> None:
        self._detector = SileroDetector()
        self._tracker = SpeechTracker(0.5, 0.16)
        self._endpointer = Endpointer(settings)
        self.spoken = False
        """Enough speech was heard to be worth transcribing."""

    def ends(self, frame: bytes) -> bool:
        """Take the next audio; whether the command ends with it.

        :param frame: signed 16 bit little-endian, 16 kHz mono.
        """
        samples = np.frombuffer(frame, "<i2").astype(np.float32) / np.float32(32768)
        for probability in self._detector.feed_samples(samples):
            decision = self._tracker.step(float(probability))
            self.spoken |= decision.spoken
            if self._endpointer.step(decision):
                return True
        return False
