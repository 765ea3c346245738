from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wyoming_lfm2.asr.speech_tracker import ONSET_FRAMES, SpeechTracker, VadDecision

THRESHOLD = 0.5
MINIMUM_S = 0.16  # five frames


def moments(probabilities: list[float]) -> list[VadDecision]:
    tracker = SpeechTracker(THRESHOLD, MINIMUM_S)
    return [tracker.step(probability) for probability in probabilities]


def spoken(probabilities: list[float]) -> bool:
    return any(moment.spoken for moment in moments(probabilities))


def test_single_likely_frames_are_no_speech() -> None:
    assert not any(moment.confirmed for moment in moments([0.0, 0.99, 0.99, 0.0] * 20))


def test_the_frames_that_confirm_speech_belong_to_it() -> None:
    heard = moments([0.0, 0.9, 0.9, 0.9, 0.9])
    assert [moment.confirmed for moment in heard] == [0, 0, 0, 3, 1]


def test_speech_goes_on_below_the_threshold_where_it_would_not_begin() -> None:
    assert moments([0.9, 0.9, 0.9, 0.4, 0.4])[-1].confirmed == 1
    assert not any(moment.confirmed for moment in moments([0.4] * 50))


def test_a_short_word_is_enough_and_a_click_is_not() -> None:
    assert spoken([0.0] * 10 + [0.95] * 5 + [0.0] * 10)
    assert not spoken([0.0] * 10 + [0.95] * 4 + [0.0] * 10)


def test_a_hum_that_is_only_likely_is_no_speech_however_long() -> None:
    assert not spoken([0.6] * 200)


def test_clicks_far_from_each_other_do_not_add_up_to_a_word() -> None:
    assert not spoken(([0.95] * 4 + [0.0] * 30) * 10)


def test_syllables_close_to_each_other_do() -> None:
    assert spoken(([0.95] * 3 + [0.0] * 5) * 2)


def test_silence_is_counted_from_the_last_speech() -> None:
    heard = moments([0.95] * 6 + [0.0] * 4)
    assert [moment.silence for moment in heard] == [0] * 6 + [1, 2, 3, 4]


def test_a_pause_does_not_grow_while_the_next_word_may_be_beginning() -> None:
    heard = moments([0.95] * 6 + [0.0] * 4 + [0.9, 0.9, 0.0])
    assert [moment.silence for moment in heard[-3:]] == [4, 4, 7]


def test_a_long_pause_ends_the_stretch_once() -> None:
    heard = moments([0.95] * 10 + [0.0] * 200)
    assert [moment.frame for moment in heard if moment.over] == [10 + 62 - 1]
    assert not heard[-1].spoken


@given(st.lists(st.floats(0, 1), max_size=300))
def test_every_frame_is_confirmed_at_most_once_and_never_far_back(probabilities: list[float]) -> None:
    confirmed: list[int] = []
    for moment in moments(probabilities):
        assert 0 <= moment.confirmed <= ONSET_FRAMES
        confirmed.extend(range(moment.frame - moment.confirmed + 1, moment.frame + 1))
    assert confirmed == sorted(set(confirmed))
    assert all(probabilities[frame] >= 0.35 for frame in confirmed)


@given(st.lists(st.floats(0, 1), max_size=100), st.integers(0, 30))
def test_what_is_said_does_not_change_what_was_judged_before(probabilities: list[float], more: int) -> None:
    longer = moments([*probabilities, *np.ones(more)])
    assert longer[: len(probabilities)] == moments(probabilities)
