from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wyoming_lfm2.satellite.pre_roll import CommandAudio, PreRoll

FRAME_S = 512 / 16_000


def frame(number: int) -> NDArray[np.int16]:
    """Each sample is its place in the stream, modulo 30000, plus 1: never 0."""
    return (np.arange(number * 512, (number + 1) * 512) % 30_000 + 1).astype(np.int16)


def heard(frames: int, seconds: float = 2.0) -> PreRoll:
    """Frame n was captured completely at (n + 1) frames' time: the stream begins at 0."""
    ring = PreRoll(seconds)
    for number in range(frames):
        ring.add(frame(number), (number + 1) * FRAME_S)
    return ring


def joined(frames: list[bytes]) -> NDArray[np.int16]:
    return np.frombuffer(b"".join(frames), "<i2")


@pytest.mark.parametrize("cut", [0, 1, 511, 512, 700, 20 * 512 - 1, 20 * 512])
def test_a_command_begins_at_its_sample_and_lacks_none_after_it(cut: int) -> None:
    ring = heard(20)
    audio = CommandAudio(ring, cut / 16_000)
    frames = audio.first()
    for number in range(20, 25):
        frames += audio.feed(frame(number), (number + 1) * FRAME_S)
    assert {len(each) for each in frames} == {1024}
    whole = np.concatenate([frame(number) for number in range(25)])
    np.testing.assert_array_equal(joined([*frames, audio.end()]), whole[cut:])


def test_a_command_that_begins_later_has_nothing_from_before() -> None:
    audio = CommandAudio(heard(20), 22 * FRAME_S + 100 / 16_000)
    assert audio.first() == []
    assert audio.feed(frame(20), 21 * FRAME_S) == []
    frames = [each for n in range(21, 24) for each in audio.feed(frame(n), (n + 1) * FRAME_S)]
    assert joined(frames)[0] == frame(22)[100]


def test_the_ring_keeps_what_it_has_to_and_not_more() -> None:
    ring = heard(1000)
    kept = sum(len(samples) for samples, _ in ring.since(0.0)) / 16_000
    assert 2.0 <= kept <= 2.0 + 2 * FRAME_S


def test_a_gap_in_the_recording_moves_no_sample_to_another_time() -> None:
    ring = heard(10)
    ring.add(frame(10), 11 * FRAME_S + 0.5)
    (part, _) = next(iter(ring.since(11 * FRAME_S + 0.5 - 100 / 16_000)))
    np.testing.assert_array_equal(part, frame(10)[-100:])


def test_what_was_cleared_is_not_heard() -> None:
    ring = heard(10)
    ring.clear()
    assert CommandAudio(ring, 0.0).first() == []


def test_our_own_chime_is_silence_and_nothing_else_is() -> None:
    audio = CommandAudio(heard(0), 0.0)
    audio.silence(600 / 16_000, 1400 / 16_000)
    sound = joined([each for n in range(4) for each in audio.feed(frame(n), (n + 1) * FRAME_S)])
    np.testing.assert_array_equal(np.flatnonzero(sound == 0), np.arange(600, 1400))


def test_silencing_leaves_the_frame_of_whoever_else_hears_it() -> None:
    shared = frame(0)
    audio = CommandAudio(heard(0), 0.0)
    audio.silence(0.0, 1.0)
    audio.feed(shared, FRAME_S)
    np.testing.assert_array_equal(shared, frame(0))


def test_nothing_left_is_no_frame() -> None:
    assert CommandAudio(heard(4), 0.0).end() == b""


def test_the_quiet_moment_is_in_the_pause_between_two_words() -> None:
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 3000, 32_000)
    sound[16_000 + 400 : 16_000 + 1200] *= 0.01
    ring = PreRoll()
    for number, part in enumerate(sound.astype(np.int16).reshape(-1, 400)):
        ring.add(part, (number + 1) * 400 / 16_000)
    assert ring.quiet_moment(1.0) == pytest.approx(1.05, abs=0.02)
    assert ring.quiet_moment(0.8) == pytest.approx(0.8, abs=0.12)


def test_without_sound_there_is_no_better_moment() -> None:
    assert PreRoll().quiet_moment(5.0) == 5.0
