from __future__ import annotations

import pytest

from wyoming_lfm2.engine.playback_clock import PlaybackClock


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_ahead_before_the_first_sound() -> None:
    clock = Clock()
    playback = PlaybackClock(clock)
    clock.now += 5
    assert playback.lead_s() <= 0
    assert playback.underruns == 0


def test_sound_is_played_from_when_it_came() -> None:
    clock = Clock()
    playback = PlaybackClock(clock)
    clock.now += 5
    playback.add(1.0)
    playback.add(0.5)
    assert playback.lead_s() == pytest.approx(1.5)
    clock.now += 1
    assert playback.lead_s() == pytest.approx(0.5)
    assert playback.underruns == 0


def test_sound_that_comes_too_late_is_counted_and_played_from_then_on() -> None:
    clock = Clock()
    playback = PlaybackClock(clock)
    playback.add(1.0)
    clock.now += 3
    assert playback.lead_s() == pytest.approx(-2)
    playback.add(1.0)
    assert playback.underruns == 1
    assert playback.lead_s() == pytest.approx(1)
