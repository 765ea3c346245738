from __future__ import annotations

import numpy as np
import pytest

from bench.satellite_echo import FRAME, Room
from bench.satellite_stop_phrases import judge
from bench.satellite_wake_words import PEAK, detections, prepared
from tests.satellite.sounds import clip


@pytest.mark.parametrize(
    ("track", "count"),
    [([0.0, 0.2, 0.4], 0), ([0.0, 0.6, 0.9, 0.7], 1), ([0.6, 0.4, 0.6], 1), ([0.6, 0.2, 0.6], 2), ([], 0)],
)
def test_a_word_counts_again_when_its_probability_has_sunk(track: list[float], count: int) -> None:
    assert detections(np.array(track, np.float32), 0.5) == count


def test_a_clip_is_brought_to_one_level_and_its_end_is_known() -> None:
    quiet = np.concatenate([np.full(8000, 0.01), np.zeros(4000)]).astype(np.float32)
    samples, end = prepared(quiet)
    assert np.abs(samples).max() == pytest.approx(PEAK * 32767, rel=0.02)
    assert end == pytest.approx(1.5)
    assert len(samples) == 12_000 + 32_000


def test_a_room_gives_back_what_a_convolution_does() -> None:
    rng = np.random.default_rng(0)
    sound, response = rng.normal(0, 1, 20 * FRAME), rng.normal(0, 1, 3000)
    room = Room(response, gain=2.0)
    heard = np.concatenate([room.hear(frame) for frame in sound.reshape(-1, FRAME)])
    whole = np.convolve(sound, response / np.sqrt(np.sum(response**2)) * 2)[: len(sound)]
    np.testing.assert_allclose(heard, whole, atol=1e-9)


async def test_a_clip_goes_the_satellites_way() -> None:
    async def model(sound: np.ndarray[tuple[int], np.dtype[np.float32]]) -> str:
        assert 0.3 < len(sound) / 16_000 < 1.5
        return "Stop."

    word = clip("okay_nabu.flac").astype(np.float32)
    assert await judge(word, model) == (True, ["Stop."])
    assert await judge(np.zeros(8000, np.float32), model) == (False, [])
