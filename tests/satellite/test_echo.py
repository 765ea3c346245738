from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.satellite.sounds import clip, pcm, silence
from wyoming_lfm2.satellite import speex_echo
from wyoming_lfm2.satellite.core.happenings import SpeechStarted
from wyoming_lfm2.satellite.echo import Ducking, EchoReducer, NoEcho, SampleClock
from wyoming_lfm2.satellite.speech_activity import SpeechActivity
from wyoming_lfm2.satellite.speex_echo import SpeexEcho, SpeexMissingError

AHEAD = 2
"""Frames between the loudspeaker's taking of a sound and its being heard."""
ANSWER_S = 8.0


def has_speex() -> bool:
    try:
        SpeexEcho().close()
    except SpeexMissingError:
        return False
    return True


needs_speex = pytest.mark.skipif(not has_speex(), reason="libspeexdsp is not installed")
REDUCERS = [Ducking, pytest.param(SpeexEcho, marks=needs_speex)]


def answer() -> NDArray[np.float64]:
    return np.resize(
        np.concatenate([clip("turn_on_the_kitchen_light.wav"), silence(0.3)]), int(ANSWER_S * 16_000)
    )


def room(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """40 ms of way, then a decay of 0.2 s."""
    times = np.arange(3200) / 16_000
    response = np.random.default_rng(7).normal(0, 0.05, 3200) * np.exp(-times * 6.9 / 0.2)
    response[0] = 1.0
    return 0.3 * np.convolve(np.concatenate([silence(0.04), sound]), response)[: len(sound)]


def run(
    reducer: EchoReducer,
    played: NDArray[np.int16],
    heard: NDArray[np.int16],
    jitter: tuple[float, ...] = (0.0, 0.02),
) -> tuple[NDArray[np.int16], list[float]]:
    """What is left, and when speech was found to begin."""
    rng = np.random.default_rng(3)
    activity = SpeechActivity()
    ahead = np.concatenate([played[AHEAD * 512 :], np.zeros(AHEAD * 512, np.int16)])
    cleaned, found = [], []
    for number, frame in enumerate(heard.reshape(-1, 512)):
        due = 100 + (number + 1) * 0.032
        reducer.play(ahead[number * 512 : (number + 1) * 512], due + AHEAD * 0.032)
        samples, somebody = reducer.clean(frame, due + float(rng.choice(jitter)))
        cleaned.append(samples)
        happenings = activity.feed(samples, due, counts=somebody)
        found += [each.at - 100 for each in happenings if isinstance(each, SpeechStarted)]
    reducer.close()
    return np.concatenate(cleaned), found


@pytest.mark.parametrize("make", REDUCERS)
def test_our_own_voice_is_nobody(make: Callable[[], EchoReducer]) -> None:
    said = answer()
    played, heard = pcm(said, noise=0), pcm(room(said))
    _, without = run(NoEcho(), played, heard)
    assert without, "the echo would pass for speech"
    _, found = run(make(), played, heard)
    assert found == []


@pytest.mark.parametrize("make", REDUCERS)
def test_somebody_over_our_voice_is_heard_soon(make: Callable[[], EchoReducer]) -> None:
    said = answer()
    word = clip("okay_nabu.flac")
    at = 6.0
    room_sound = room(said)
    room_sound[int(at * 16_000) : int(at * 16_000) + len(word)] += 0.6 * word
    _, found = run(make(), pcm(said, noise=0), pcm(room_sound))
    assert len(found) >= 1
    assert at - 0.1 <= found[0] <= at + 0.5


@pytest.mark.parametrize("make", REDUCERS)
def test_speech_while_nothing_plays_is_heard_at_once(make: Callable[[], EchoReducer]) -> None:
    heard = pcm(silence(1), clip("turn_on_the_kitchen_light.wav"))
    _, found = run(make(), np.zeros(len(heard), np.int16), heard)
    assert found[0] == pytest.approx(1.0, abs=0.15)


@needs_speex
@pytest.mark.parametrize("jitter", [(0.0,), (0.0, 0.01, 0.033)])
def test_speex_takes_most_of_the_echo_away(jitter: tuple[float, ...]) -> None:
    said = answer()
    heard = pcm(room(said))
    cleaned, _ = run(SpeexEcho(), pcm(said, noise=0), heard, jitter)
    late = slice(-3 * 16_000, None)
    less_db = 20 * np.log10(np.std(heard[late].astype(float)) / np.std(cleaned[late].astype(float)))
    assert less_db > 10


@needs_speex
def test_speex_leaves_a_voice_as_it_is_where_nothing_plays() -> None:
    heard = pcm(clip("turn_on_the_kitchen_light.wav"))
    cleaned, _ = run(SpeexEcho(), np.zeros(len(heard), np.int16), heard)
    # It has a high-pass filter, which turns phases a little.
    assert np.corrcoef(heard, cleaned)[0, 1] > 0.9
    assert np.std(cleaned.astype(float)) == pytest.approx(np.std(heard.astype(float)), rel=0.1)


@needs_speex
def test_speex_that_is_closed_filters_no_more() -> None:
    it = SpeexEcho()
    it.close()
    it.close()
    frame = np.ones(512, np.int16)
    np.testing.assert_array_equal(it.clean(frame, 1.0)[0], frame)


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speex_echo.ctypes.util, "find_library", lambda _: "libnosuchthing.so.1")
    with pytest.raises(SpeexMissingError, match="apt-get install libspeexdsp1"):
        SpeexEcho()


def test_the_clock_of_a_stream_in_bursts_runs_evenly() -> None:
    rng = np.random.default_rng(0)
    clock = SampleClock()
    errors = []
    for number in range(1, 2000):
        due = number * 0.032
        errors.append(clock.add(512, due + float(rng.exponential(0.02))) - due)
    assert all(-0.001 < error < 0.01 for error in errors[200:])


def test_the_clock_follows_a_gap() -> None:
    clock = SampleClock()
    for number in range(1, 100):
        clock.add(512, number * 0.032)
    assert clock.add(512, 100 * 0.032 + 1.0) == pytest.approx(100 * 0.032 + 1.0)
