"""Turns the probabilities of single VAD frames into stretches of speech and silence.

Single frames mislead: a bark or a chord passes for speech, the closure of a "t" for
silence. So speech begins only with several likely frames in a row, goes on down to a
lower threshold, and a stretch with too little of it is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.asr.vad import FRAME_S

ONSET_FRAMES = 3
"""Likely frames in a row that begin speech; they all belong to it."""

HYSTERESIS = 0.15
"""Speech that goes on may be this much less likely than speech that begins."""

SURE = 0.6
"""How far from the threshold to certainty the likeliest frames must be, before a stretch is
taken for speech: a hum or a chord that starts suddenly stays below."""

SURE_FRAMES = 2
"""How many frames must be."""

FORGET_S = 0.64
"""Silence after which too little speech is taken for a noise."""

LONG_PAUSE_S = 2.0
"""Silence that ends a stretch of speech whatever comes after it."""


@dataclass(frozen=True)
class VadDecision:
    """What one frame means, knowing the frames before it."""

    frame: int
    """Its number in the stream, from 0."""

    confirmed: int
    """How many frames, up to and including this one, are now known to be speech and
    were not before: 0 in silence, more than 1 where speech begins."""

    silence: int
    """Frames of silence since the last one of speech in this stretch; 0 in speech and before any."""

    spoken: bool
    """There is enough speech in this stretch to be worth transcribing."""

    over: bool
    """The stretch ends here: too little speech to remember, or a long pause after it."""


def frames_in(seconds: float) -> int:
    """Whole frames nearest to a time, at least 1."""
    return max(1, round(seconds / FRAME_S))


class SpeechTracker:
    """Judges the frames of one stream in their order.

    :param threshold: probability from which a frame is likely speech.
    :param minimum_speech_s: seconds of speech that make a stretch worth transcribing.
    """

    def __init__(self, threshold: float, minimum_speech_s: float) -> None:
        self._begin = threshold
        self._stay = max(threshold - HYSTERESIS, threshold / 2)
        self._sure = threshold + SURE * (1 - threshold)
        self._enough = frames_in(minimum_speech_s)
        self._forget = frames_in(FORGET_S)
        self._long_pause = frames_in(LONG_PAUSE_S)
        self._frame = -1
        self._speaking = False
        self._likely = 0
        self._speech = 0
        self._sure_frames = 0
        self._silence = 0

    def step(self, probability: float) -> VadDecision:
        """Judge the next frame."""
        self._frame += 1
        self._sure_frames += probability >= self._sure
        confirmed = self._confirm(probability)
        if confirmed:
            self._speech += confirmed
            self._silence = 0
        elif self._speech:
            self._silence += 1
        elif not self._likely:
            self._sure_frames = 0
        spoken = self._speech >= self._enough and self._sure_frames >= SURE_FRAMES
        # Likely frames that are not confirmed yet may be the next word: the pause does not grow by them.
        silence = max(0, self._silence - self._likely)
        over = self._speech > 0 and silence >= (self._long_pause if spoken else self._forget)
        decision = VadDecision(self._frame, confirmed, silence, spoken, over)
        if over:
            self._speech = self._silence = self._sure_frames = 0
        return decision

    def _confirm(self, probability: float) -> int:
        if self._speaking:
            self._speaking = probability >= self._stay
            return int(self._speaking)
        self._likely = self._likely + 1 if probability >= self._begin else 0
        if self._likely < ONSET_FRAMES:
            return 0
        self._speaking, self._likely = True, 0
        return ONSET_FRAMES
