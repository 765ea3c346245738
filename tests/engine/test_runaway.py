from __future__ import annotations

import numpy as np
import pytest

from wyoming_lfm2.engine.requests.runaway import RunawayGuard, most_frames

LOUD = np.full(1920, 0.1, np.float32)
SILENT = np.zeros(1920, np.float32)


def test_an_utterance_ends_at_its_largest_length() -> None:
    guard = RunawayGuard(40, 2)
    reasons = [guard.add((number, 0), LOUD) for number in range(40)]
    assert not any(reasons[:-1])
    assert "longer than 40" in str(reasons[-1])


def test_a_pause_is_let_be_and_a_long_silence_is_not() -> None:
    guard = RunawayGuard(1000, 2)
    sounds = [SILENT] * 20 + [LOUD] + [SILENT] * 24
    assert not any(guard.add((number, 0), sound) for number, sound in enumerate(sounds))
    assert "silent" in str(guard.add((999, 0), SILENT))


@pytest.mark.parametrize("period", [1, 2, 7, 16])
def test_going_in_circles_is_noticed(period: int) -> None:
    guard = RunawayGuard(1000, 2)
    reasons = [guard.add((number % period, 5), LOUD) for number in range(200)]
    assert f"every {period} frames" in str(next(filter(None, reasons)))


def test_codes_that_come_again_once_in_a_while_are_no_circle() -> None:
    guard = RunawayGuard(1000, 2)
    codes = np.random.default_rng(0).integers(0, 4, (400, 2)).tolist()
    assert not any(guard.add(tuple(row), LOUD) for row in codes)


def test_wide_characters_may_take_longer() -> None:
    assert most_frames("光" * 10, 2.0) - most_frames("", 2.0) == 3 * (
        most_frames("l" * 10, 2.0) - most_frames("", 2.0)
    )
