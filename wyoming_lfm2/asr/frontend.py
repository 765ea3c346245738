"""All that happens to a client's PCM before the model gets it: resampling, voice activity, end of speech, pieces."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.endpointer import Endpointer
from wyoming_lfm2.asr.segmenter import Segmenter, SegmentEvent
from wyoming_lfm2.asr.speech_tracker import SpeechTracker
from wyoming_lfm2.asr.vad import SileroDetector, SpeechDetector
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.audio.resampling import PcmStream
from wyoming_lfm2.config.settings import EndpointingSettings, HearingSettings


class AsrFrontend:
    """Listens to one stream. It computes and never waits; not thread-safe: one call at a time.

    :param endpointing: decides when the utterance is over; None: the client does.
    :param longest_piece_s: what the model takes at most.
    """

    def __init__(
        self,
        detector: SpeechDetector,
        hearing: HearingSettings,
        endpointing: EndpointingSettings | None,
        longest_piece_s: float,
    ) -> None:
        self._stream = PcmStream()
        self._detector = detector
        self._tracker = SpeechTracker(hearing.vad_threshold, hearing.minimum_speech_s)
        self._endpointer = Endpointer(endpointing) if endpointing is not None else None
        self._segmenter = Segmenter(min(hearing.longest_piece_s, longest_piece_s), hearing.speculate_after_s)
        self.ended = False
        """No more audio is listened to: the end was decided, or :meth:`finish` was called."""

    @property
    def held_samples(self) -> int:
        """Samples in memory, waiting to be part of a piece."""
        return self._segmenter.held_samples

    def hear(self, pcm: bytes, fmt: PcmFormat) -> list[SegmentEvent]:
        """Take the next chunk; what follows from it. Ignored once ``ended``."""
        if self.ended:
            return []
        samples = self._stream.feed_pcm(pcm, fmt)
        return self._judge(samples, self._detector.feed_samples(samples))

    def finish(self) -> list[SegmentEvent]:
        """The audio is complete; what follows from that. Ignored once ``ended``."""
        if self.ended:
            return []
        samples = self._stream.flush()
        probabilities = np.concatenate([self._detector.feed_samples(samples), self._detector.flush()])
        return self._judge(samples, probabilities) + self._end()

    def _judge(self, samples: NDArray[np.float32], probabilities: NDArray[np.float32]) -> list[SegmentEvent]:
        self._segmenter.add_samples(samples)
        events: list[SegmentEvent] = []
        for probability in probabilities:
            decision = self._tracker.step(float(probability))
            events += self._segmenter.step(decision)
            if self._endpointer is not None and self._endpointer.step(decision):
                return events + self._end()
        return events

    def _end(self) -> list[SegmentEvent]:
        if self.ended:
            return []
        self.ended = True
        return self._segmenter.finish()


async def warm_up() -> None:
    """Do now, in a thread, what would keep the first client waiting and all others with it.

    That is to read the weights of the voice activity detector, and whatever NumPy and soxr set up when they
    are first used.

    :raises SileroFileError: the detector's model is missing or unknown.
    """
    await asyncio.to_thread(_hear_silence)


def _hear_silence() -> None:
    heard = AsrFrontend(SileroDetector(), HearingSettings(), None, longest_piece_s=1.0)
    heard.hear(bytes(2 * 22_050), PcmFormat(rate=44_100, width=2, channels=1))
    heard.finish()
