"""What is heard in the frames of the microphone: wake words, and whether somebody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.core.happenings import SpeechStarted, SpeechStopped, WakeWordHeard
from wyoming_lfm2.satellite.echo import EchoReducer, NoEcho
from wyoming_lfm2.satellite.sound.device import MicrophoneFrame
from wyoming_lfm2.satellite.speech_activity import SpeechActivity
from wyoming_lfm2.satellite.wake_word import WakeWordDetector


@dataclass(frozen=True, eq=False)
class Played:
    """A piece of what the loudspeaker plays, silence as well."""

    samples: NDArray[np.int16]
    """int16, shape ``(n,)``, 16 kHz mono."""
    heard_at: float
    """When the last of them is heard; seconds of the clock of the microphone's frames."""


@dataclass(frozen=True, eq=False)
class Heard:
    """What one frame holds."""

    samples: NDArray[np.int16]
    """The frame without our own voice, as well as that can be had."""
    happenings: Sequence[WakeWordHeard | SpeechStarted | SpeechStopped] = ()


class Ears:
    """Judges one stream of frames. To be used by one thread at a time.

    :param wake_words: the detector of wake words.
    :param echo: what is done about our own voice in the microphone.
    """

    def __init__(self, wake_words: WakeWordDetector, echo: EchoReducer | None = None) -> None:
        self.wake_words = wake_words
        self._echo = echo or NoEcho()
        self._activity = SpeechActivity()

    def hear(self, frame: MicrophoneFrame, played: Sequence[Played] = ()) -> Heard:
        """Take the next frame; some milliseconds of work.

        :param played: what the loudspeaker was given since the last one.
        """
        for piece in played:
            self._echo.play(piece.samples, piece.heard_at)
        samples, somebody = self._echo.clean(frame.samples, frame.captured_at)
        calls = [
            WakeWordHeard(detection.name, detection.ended_at, detection.pipeline)
            for detection in self.wake_words.feed(samples, frame.captured_at)
        ]
        speech = self._activity.feed(samples, frame.captured_at, counts=somebody)
        return Heard(samples, [*calls, *speech])

    def reset(self) -> Sequence[SpeechStopped]:
        """Forget what was heard: what comes next is not joined to it.

        :returns: the end of speech, if somebody was speaking.
        """
        was_speaking = self._activity.speaking
        self.wake_words.reset()
        self._activity.reset()
        return [SpeechStopped(0.0)] if was_speaking else []

    def close(self) -> None:
        """Free what the detector and the echo reducer hold."""
        self.wake_words.close()
        self._echo.close()
