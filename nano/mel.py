"""The mel front end of LFM2-Audio in NumPy, as llama.cpp computes it.

16 kHz float samples in [-1, 1] -> 128 log-mel rows, one frame each 10 ms, each row
with zero mean and unit deviation. Pre-emphasis 0.97, symmetric Hann window of 400
samples centred in 512, power spectrum, Slaney filters, natural log.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16000
MEL_BINS = 128
HOP = 160
_FFT = 512
_WINDOW = 400
_FLOOR = 5.960464477539063e-08

Floats = npt.NDArray[np.float32]


@lru_cache(maxsize=1)
def _window() -> Floats:
    padded = np.zeros(_FFT, np.float32)
    start = (_FFT - _WINDOW) // 2
    padded[start : start + _WINDOW] = np.hanning(_WINDOW)
    return padded


def _hz_to_mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(
        hz < 1000.0, hz * 3 / 200, 15.0 + np.log(np.maximum(hz, 1e-9) / 1000.0) / (np.log(6.4) / 27)
    )


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200 / 3, 1000.0 * np.exp((mel - 15.0) * (np.log(6.4) / 27)))


def filter_bank(mels: int, fft: int, rate: int) -> Floats:
    """Slaney filterbank from 0 Hz to half the rate, (fft / 2 + 1, mels), to multiply a spectrum from the left."""
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(np.array(rate / 2)), mels + 2))
    hz = np.arange(fft // 2 + 1) * (rate / fft)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (hz[:, None] - left) / (centre - left)
    falling = (right - hz[:, None]) / (right - centre)
    bank = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (right - left))
    return bank.astype(np.float32)


@lru_cache(maxsize=1)
def filters() -> Floats:
    """The front end's filterbank, (257, 128)."""
    return filter_bank(MEL_BINS, _FFT, SAMPLE_RATE)


def log_mel(samples: Floats, hop: int = HOP) -> Floats:
    """(batch, samples) -> (batch, frames, 128), frames = samples // hop + 1.

    The last frame is zero, as in llama.cpp: only ``samples // hop`` frames carry sound.
    Another ``hop`` than 160 changes the tempo without the pitch; training uses that.
    """
    batch, count = samples.shape
    padded = np.zeros((batch, count + _FFT), np.float32)
    padded[:, _FFT // 2 : _FFT // 2 + count] = samples
    padded[:, _FFT // 2 + 1 : _FFT // 2 + count] -= np.float32(0.97) * samples[:, :-1]
    frames = count // hop
    strides = (padded.strides[0], padded.strides[1] * hop, padded.strides[1])
    windows = np.lib.stride_tricks.as_strided(padded, (batch, frames, _FFT), strides)
    spectrum = np.fft.rfft(windows * _window(), axis=-1)
    power = spectrum.real**2 + spectrum.imag**2
    logs = np.log(power @ filters() + np.float32(_FLOOR))
    mean = logs.mean(axis=1, keepdims=True)
    deviation = logs.std(axis=1, keepdims=True, ddof=1) + 1e-5
    out = np.zeros((batch, frames + 1, MEL_BINS), np.float32)
    out[:, :frames] = (logs - mean) / deviation
    return out
