from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wyoming_lfm2.engine.model.istft import StreamingIstft

BINS = 641
N_FFT, HOP, PAD = 1280, 320, 480


def columns(count: int, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    logs = random.uniform(-6, 1, (count, BINS))
    angles = random.uniform(-7, 7, (count, BINS))
    return np.concatenate((logs, angles), axis=1).astype(np.float32)


def batch(given: NDArray[np.float32]) -> NDArray[np.float64]:
    """The textbook sum over all columns at once, in double precision."""
    logs, angles = np.split(given.astype(np.float64), 2, axis=1)
    frames = np.fft.irfft(np.exp(logs) * np.exp(1j * angles), N_FFT, axis=1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    total = np.zeros((len(given) - 1) * HOP + N_FFT)
    envelope = np.zeros_like(total)
    for i, frame in enumerate(frames):
        total[i * HOP : i * HOP + N_FFT] += frame * window
        envelope[i * HOP : i * HOP + N_FFT] += window**2
    return total[PAD:-PAD] / envelope[PAD:-PAD]


def streamed(istft: StreamingIstft, given: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    pieces = [istft.add(given[i : i + step]).copy() for i in range(0, len(given), step)]
    return np.concatenate((*pieces, istft.flush()))


@pytest.mark.parametrize("step", [1, 2, 6])
@pytest.mark.parametrize("count", [6, 30])
def test_the_streamed_sound_equals_the_batch_sound(step: int, count: int) -> None:
    given = columns(count)
    sound = streamed(StreamingIstft(BINS, 6), given, step)
    expected = batch(given)
    assert sound.shape == expected.shape
    assert np.abs(sound - expected).max() < 1e-5 * np.abs(expected).max()


def test_the_first_frame_gives_1440_samples_and_the_flush_the_last_480() -> None:
    istft = StreamingIstft(BINS, 6)
    assert istft.add(columns(6)).shape == (1440,)
    assert istft.add(columns(6)).shape == (1920,)
    assert istft.flush().shape == (480,)


def test_a_stream_leaves_nothing_behind_for_the_next() -> None:
    istft = StreamingIstft(BINS, 6)
    first = streamed(istft, columns(12), 6)
    istft.add(columns(6, seed=1))
    istft.reset()
    assert np.array_equal(streamed(istft, columns(12), 6), first)


def test_nothing_in_is_nothing_out() -> None:
    assert StreamingIstft(BINS, 6).flush().shape == (0,)


def test_a_tone_comes_back_as_it_was() -> None:
    time = np.arange(30 * HOP + N_FFT - HOP) / 24_000
    tone = np.sin(2 * np.pi * 440 * time)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    spectra = np.array([np.fft.rfft(window * tone[i * HOP : i * HOP + N_FFT]) for i in range(30)])
    given = np.concatenate((np.log(np.abs(spectra) + 1e-9), np.angle(spectra)), axis=1).astype(np.float32)
    sound = streamed(StreamingIstft(BINS, 6), given, 6)
    assert np.abs(sound - tone[PAD:-PAD]).max() < 1e-3


def test_absurd_magnitudes_stay_numbers() -> None:
    given = columns(6)
    given[:, :BINS] = 1e9
    assert np.isfinite(StreamingIstft(BINS, 6).add(given)).all()
