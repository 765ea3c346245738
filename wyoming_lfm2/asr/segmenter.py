"""How a stream becomes pieces for the model.

A piece holds a stretch of speech with a margin around it. Speech that goes on for
longer than the model can take is cut, at the best pause or, without one, where it is
quietest. No sample is in two pieces, and no frame of speech is in none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.cut_points import best_cut
from wyoming_lfm2.asr.sample_buffer import SampleBuffer
from wyoming_lfm2.asr.speech_tracker import ONSET_FRAMES, VadDecision, frames_in
from wyoming_lfm2.asr.vad import FRAME_SAMPLES

MARGIN_S = 0.3
"""Audio kept before and after speech, so that soft first and last sounds are not cut."""

_MARGIN_FRAMES = frames_in(MARGIN_S)
_PREROLL_FRAMES = _MARGIN_FRAMES + ONSET_FRAMES


@dataclass(frozen=True, eq=False)
class Segment:
    """Audio for one transcription."""

    samples: NDArray[np.float32]
    """float32, shape ``(end - start,)``, 16 kHz mono."""

    start: int
    """Position of the first sample in the stream."""

    end: int
    """Position after the last sample in the stream."""

    last_speech: int
    """Number of the last frame of speech in it."""

    def says_the_same(self, other: Segment) -> bool:
        """Whether both hold the same speech, however much silence follows it."""
        return self.start == other.start and self.last_speech == other.last_speech


@dataclass(frozen=True)
class Committed:
    """A piece that will not change any more."""

    piece: Segment


@dataclass(frozen=True)
class Paused:
    """A pause began; this would be the piece if nothing more is said."""

    piece: Segment


@dataclass(frozen=True)
class Resumed:
    """Speech went on after :class:`Paused`."""


SegmentEvent = Committed | Paused | Resumed


class Segmenter:
    """Cuts one stream into pieces.

    :param longest_piece_s: seconds that no piece exceeds.
    :param speculate_after_s: length of a pause that is announced by :class:`Paused`; None: none is.
    """

    def __init__(self, longest_piece_s: float, speculate_after_s: float | None) -> None:
        self._longest = int(longest_piece_s * 16_000) // FRAME_SAMPLES
        self._speculate = None if speculate_after_s is None else frames_in(speculate_after_s)
        self._audio = SampleBuffer()
        self._floor = 0  # no piece begins before this sample: it is in another one
        self._start: int | None = None  # first sample of the piece that is growing
        self._speech: list[bool] = []  # of every frame from _first on
        self._power: list[float] = []
        self._first = 0
        self._last_speech = 0
        self._spoken = False
        self._paused = False

    @property
    def held_samples(self) -> int:
        """Samples in memory, waiting to be part of a piece."""
        return len(self._audio)

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Take audio (float32, 16 kHz mono), before the moments that judge it."""
        self._audio.append(samples)

    def step(self, moment: VadDecision) -> list[SegmentEvent]:
        """Take the judgement of the next frame; what follows from it, in order."""
        events: list[SegmentEvent] = []
        self._note(moment)
        if moment.confirmed:
            if self._start is None:
                self._begin(moment.frame - moment.confirmed + 1)
            elif self._paused:
                events.append(Resumed())
            self._last_speech, self._paused = moment.frame, False
        if self._start is None:
            self._forget_before(moment.frame - _PREROLL_FRAMES)
        elif moment.over:
            events += self._close(moment.frame)
        elif moment.frame + 1 - self._start // FRAME_SAMPLES >= self._longest:
            events += self._cut(moment.frame)
        elif self._is_pause(moment) and not self._paused:
            self._paused = True
            events.append(Paused(self._piece_until(self._speech_end(moment.frame), self._last_speech)))
        return events

    def _is_pause(self, moment: VadDecision) -> bool:
        return self._speculate is not None and moment.spoken and moment.silence >= self._speculate

    def finish(self) -> list[SegmentEvent]:
        """End the stream; the last, incomplete frame has been judged."""
        if self._start is None:
            return []
        return self._close(self._first + len(self._speech) - 1)

    def _note(self, moment: VadDecision) -> None:
        start = moment.frame * FRAME_SAMPLES
        frame = self._audio.view(start, start + FRAME_SAMPLES)
        self._power.append(float(np.dot(frame, frame)) / FRAME_SAMPLES)
        self._speech.append(False)
        self._spoken = moment.spoken
        for back in range(1, moment.confirmed + 1):
            self._speech[-back] = True

    def _begin(self, first_speech: int) -> None:
        self._start = max(self._floor, (first_speech - _MARGIN_FRAMES) * FRAME_SAMPLES)

    def _speech_end(self, now: int) -> int:
        """The sample after the last speech and its margin, as far as it was heard."""
        return (min(self._last_speech + _MARGIN_FRAMES, now) + 1) * FRAME_SAMPLES

    def _piece_until(self, end: int, last_speech: int) -> Segment:
        assert self._start is not None
        held = self._audio.view(self._start, end).copy()
        return Segment(held, self._start, self._start + len(held), last_speech)

    def _close(self, now: int) -> list[SegmentEvent]:
        events: list[SegmentEvent] = []
        if self._spoken:
            piece = self._piece_until(self._speech_end(now), self._last_speech)
            self._floor = piece.end
            events.append(Committed(piece))
        self._start, self._paused = None, False
        self._forget_before(now - _PREROLL_FRAMES)
        return events

    def _cut(self, now: int) -> list[SegmentEvent]:
        assert self._start is not None
        first = -(-self._start // FRAME_SAMPLES)
        offset = first - self._first
        cut = best_cut(self._speech[offset:], self._power[offset:])
        if cut.next_speech is None:
            return self._close(now)
        events: list[SegmentEvent] = [Resumed()] if self._paused else []
        last_speech = first + cut.last_speech
        boundary = (first + cut.frame) * FRAME_SAMPLES
        end = min(boundary, (last_speech + _MARGIN_FRAMES + 1) * FRAME_SAMPLES)
        piece = self._piece_until(end, last_speech)
        self._floor = boundary
        self._begin(first + cut.next_speech)
        self._paused = False
        self._forget_before(self._start // FRAME_SAMPLES)
        return [*events, Committed(piece)]

    def _forget_before(self, frame: int) -> None:
        gone = frame - self._first
        if gone <= 0:
            return
        del self._speech[:gone], self._power[:gone]
        self._first = frame
        self._audio.drop_before(frame * FRAME_SAMPLES)
