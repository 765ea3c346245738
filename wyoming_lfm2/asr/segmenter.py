"""Cuts a stream of audio into pieces for the model: one stretch of speech each, none longer than it can take.

A piece holds its stretch with a margin around it. Speech that goes on for longer than
the model can take is cut, at the best pause or, without one, where it is quietest. No
sample is in two pieces, and no frame of speech is in none. Frames are those of the
voice activity detector, 32 ms each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.sample_buffer import SampleBuffer
from wyoming_lfm2.asr.speech_tracker import ONSET_FRAMES, VadDecision, frames_in
from wyoming_lfm2.asr.vad import FRAME_SAMPLES

MARGIN_S = 0.3
"""Audio kept before and after speech, so that soft first and last sounds are not cut."""

_MARGIN_FRAMES = frames_in(MARGIN_S)
_PREROLL_FRAMES = _MARGIN_FRAMES + ONSET_FRAMES

_EARLIEST_PAUSE = 1 / 3
"""Part of the audio before which no pause is considered: pieces should not be short."""

_EARLIEST_INSIDE = 2 / 3
"""The same for a cut inside speech."""

_SHORTEST_PAUSE = 3
"""VAD frames; fewer are a closure inside a word as often as not."""

_LONG_ENOUGH = 24
"""VAD frames; a pause that is longer than this is no better."""


@dataclass(frozen=True, eq=False)
class Segment:
    """One piece: the audio for one transcription."""

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

    def add_samples(self, samples: NDArray[np.float32]) -> None:
        """Take audio (float32, 16 kHz mono), before the decisions about it."""
        self._audio.append(samples)

    def step(self, decision: VadDecision) -> list[SegmentEvent]:
        """Take the decision about the next frame; what follows from it, in order."""
        events: list[SegmentEvent] = []
        self._note(decision)
        if decision.confirmed:
            if self._start is None:
                self._begin(decision.frame - decision.confirmed + 1)
            elif self._paused:
                events.append(Resumed())
            self._last_speech, self._paused = decision.frame, False
        if self._start is None:
            self._forget_before(decision.frame - _PREROLL_FRAMES)
        elif decision.over:
            events += self._close(decision.frame)
        elif decision.frame + 1 - self._start // FRAME_SAMPLES >= self._longest:
            events += self._cut(decision.frame)
        elif self._is_pause(decision) and not self._paused:
            self._paused = True
            events.append(Paused(self._piece_until(self._speech_end(decision.frame), self._last_speech)))
        return events

    def _is_pause(self, decision: VadDecision) -> bool:
        return self._speculate is not None and decision.spoken and decision.silence >= self._speculate

    def finish(self) -> list[SegmentEvent]:
        """End the stream; the last, incomplete frame has been judged."""
        if self._start is None:
            return []
        return self._close(self._first + len(self._speech) - 1)

    def _note(self, decision: VadDecision) -> None:
        start = decision.frame * FRAME_SAMPLES
        frame = self._audio.view(start, start + FRAME_SAMPLES)
        self._power.append(float(np.dot(frame, frame)) / FRAME_SAMPLES)
        self._speech.append(False)
        self._spoken = decision.spoken
        for back in range(1, decision.confirmed + 1):
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


@dataclass(frozen=True)
class Cut:
    """Where to cut, in VAD frames counted from the first that was given."""

    frame: int
    """The second part begins with this frame."""

    last_speech: int
    """Last frame of speech before the cut."""

    next_speech: int | None
    """First frame of speech after the cut; None if there is none."""


def best_cut(speech: Sequence[bool], power: Sequence[float]) -> Cut:
    """Choose a cut: the longest pause, rather late than early; without one, the quietest moment.

    :param speech: whether each frame is speech; at least one is.
    :param power: mean square of each frame's samples.
    """
    marks = np.asarray(speech, dtype=bool)
    frame = _in_pause(marks)
    if frame is None:
        frame = _in_speech(np.asarray(power, dtype=np.float64))
    before, after = np.flatnonzero(marks[:frame]), np.flatnonzero(marks[frame:])
    return Cut(
        frame=frame,
        last_speech=int(before[-1]) if len(before) else frame - 1,
        next_speech=frame + int(after[0]) if len(after) else None,
    )


def _in_pause(marks: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    """The middle of the best pause that has speech before it."""
    changes = np.flatnonzero(np.diff(np.concatenate([[True], marks, [True]]).astype(np.int8)))
    best, best_worth = None, 0.0
    for begin, end in zip(changes[::2], changes[1::2], strict=True):
        middle = int(begin + end) // 2
        if end - begin < _SHORTEST_PAUSE or middle < len(marks) * _EARLIEST_PAUSE or not marks[:begin].any():
            continue
        worth = min(end - begin, _LONG_ENOUGH) * (1 + middle / len(marks))
        if worth >= best_worth:
            best, best_worth = middle, worth
    return best


def _in_speech(power: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    smooth = np.convolve(power, np.ones(3) / 3, mode="same")
    earliest = max(1, int(len(power) * _EARLIEST_INSIDE))
    # the last frame's neighbour is not known yet, so it only seems quiet
    window = smooth[earliest:-1] if earliest < len(power) - 1 else smooth[earliest - 1 : earliest]
    return earliest + int(np.argmin(window))
