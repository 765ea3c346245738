from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wyoming_lfm2.asr.segmenter import (
    Committed,
    Paused,
    Resumed,
    Segment,
    Segmenter,
    SegmentEvent,
    best_cut,
)
from wyoming_lfm2.asr.speech_tracker import SpeechTracker
from wyoming_lfm2.asr.vad import FRAME_SAMPLES

LONGEST_S = 3.2  # a hundred frames
SPEECH, SILENCE = 0.95, 0.0

runs = st.lists(st.tuples(st.sampled_from([SILENCE, 0.4, SPEECH]), st.integers(1, 90)), max_size=14)


def stream(probabilities: list[float]) -> np.ndarray:
    """Audio in which every sample is its own position, so that it can be recognised."""
    return np.arange(len(probabilities) * FRAME_SAMPLES, dtype=np.float32)


def events(
    probabilities: list[float], power: np.ndarray | None = None
) -> tuple[list[SegmentEvent], list[int]]:
    """What follows, and which frames are speech that is worth transcribing."""
    tracker, segmenter = SpeechTracker(0.5, 0.16), Segmenter(LONGEST_S, 0.25)
    audio = stream(probabilities) if power is None else power
    found: list[SegmentEvent] = []
    stretch: list[int] = []
    speech: list[int] = []
    for number, probability in enumerate(probabilities):
        segmenter.add_samples(audio[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES])
        moment = tracker.step(probability)
        stretch += range(number + 1 - moment.confirmed, number + 1)
        if moment.over:
            speech += stretch if moment.spoken else []
            stretch = []
        found += segmenter.step(moment)
    if probabilities and moment.spoken:
        speech += stretch
    return found + segmenter.finish(), speech


def pieces(probabilities: list[float]) -> list[Segment]:
    return [event.piece for event in events(probabilities)[0] if isinstance(event, Committed)]


def spans(probabilities: list[float]) -> list[tuple[int, int]]:
    """In frames."""
    return [(piece.start // FRAME_SAMPLES, piece.end // FRAME_SAMPLES) for piece in pieces(probabilities)]


def unrolled(parts: list[tuple[float, int]]) -> list[float]:
    return [probability for probability, count in parts for _ in range(count)]


@settings(deadline=None, max_examples=40)
@given(runs)
def test_no_speech_is_lost_and_no_sample_is_doubled(parts: list[tuple[float, int]]) -> None:
    probabilities = unrolled(parts)
    found, speech = events(probabilities)
    cut = [event.piece for event in found if isinstance(event, Committed)]
    for piece in cut:
        np.testing.assert_array_equal(piece.samples, stream(probabilities)[piece.start : piece.end])
        assert 0 < len(piece.samples) <= LONGEST_S * 16_000
    assert all(one.end <= other.start for one, other in pairwise(cut))
    covered = {
        frame for piece in cut for frame in range(piece.start // FRAME_SAMPLES, piece.end // FRAME_SAMPLES)
    }
    assert set(speech) <= covered
    if not speech:
        assert cut == []


@settings(deadline=None, max_examples=40)
@given(runs)
def test_a_pause_is_resumed_or_becomes_the_piece(parts: list[tuple[float, int]]) -> None:
    paused: Segment | None = None
    for event in events(unrolled(parts))[0]:
        if isinstance(event, Paused):
            assert paused is None
            paused = event.piece
        elif isinstance(event, Resumed):
            assert paused is not None
            paused = None
        elif paused is not None:
            assert paused.says_the_same(event.piece)
            paused = None
    assert paused is None


@settings(deadline=None, max_examples=40)
@given(runs)
def test_memory_holds_no_more_than_a_piece_and_what_comes_before_it(parts: list[tuple[float, int]]) -> None:
    tracker, segmenter = SpeechTracker(0.5, 0.16), Segmenter(LONGEST_S, 0.25)
    for probability in unrolled(parts):
        segmenter.add_samples(np.zeros(FRAME_SAMPLES, dtype=np.float32))
        segmenter.step(tracker.step(probability))
        assert segmenter.held_samples <= LONGEST_S * 16_000 + 16 * FRAME_SAMPLES


def test_silence_around_speech_is_trimmed_to_a_margin() -> None:
    assert spans([SILENCE] * 50 + [SPEECH] * 20 + [SILENCE] * 50) == [(50 - 9, 70 + 9)]


def test_speech_at_the_very_beginning_and_end_is_kept() -> None:
    assert spans([SPEECH] * 20) == [(0, 20)]


def test_only_silence_is_no_piece() -> None:
    assert pieces([SILENCE] * 500) == []


def test_a_long_pause_commits_what_was_said_before_it() -> None:
    found, _ = events([SPEECH] * 20 + [SILENCE] * 70)
    assert isinstance(found[-1], Committed)
    assert found[-1].piece.end == 29 * FRAME_SAMPLES


def test_long_speech_is_cut_in_its_longest_late_pause() -> None:
    said = [SPEECH] * 45 + [SILENCE] * 4 + [SPEECH] * 16 + [SILENCE] * 6 + [SPEECH] * 60
    assert spans(said) == [(0, 68), (68, 131)]


def test_a_late_pause_is_preferred_to_an_early_one_of_the_same_length() -> None:
    said = [SPEECH] * 40 + [SILENCE] * 5 + [SPEECH] * 30 + [SILENCE] * 5 + [SPEECH] * 60
    assert spans(said)[0] == (0, 77)


def test_long_pauses_are_left_out_around_a_cut() -> None:
    said = [SPEECH] * 40 + [SILENCE] * 40 + [SPEECH] * 60
    assert spans(said) == [(0, 49), (71, 140)]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    loud = np.full(130 * FRAME_SAMPLES, 0.5, dtype=np.float32)
    loud[80 * FRAME_SAMPLES : 83 * FRAME_SAMPLES] = 0.05
    found, _ = events([SPEECH] * 130, loud)
    first = next(event.piece for event in found if isinstance(event, Committed))
    assert first.end == 81 * FRAME_SAMPLES


@given(st.lists(st.booleans(), min_size=1, max_size=200), st.data())
def test_a_cut_leaves_something_on_both_sides(speech: list[bool], data: st.DataObject) -> None:
    speech[data.draw(st.integers(0, len(speech) - 1))] = True
    power = data.draw(st.lists(st.floats(0, 1), min_size=len(speech), max_size=len(speech)))
    cut = best_cut(speech, power)
    assert 0 < cut.frame <= len(speech)
    assert cut.last_speech < cut.frame
    assert cut.next_speech is None or (cut.next_speech >= cut.frame and speech[cut.next_speech])
