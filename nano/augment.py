"""What happens to a clip on its way to a microphone: speed, gain, noise, rooms, telephones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def resampled(sound: Floats, speed: float) -> Floats:
    """Faster and higher (``speed`` above 1) or slower and lower."""
    count = max(2, int(len(sound) / speed))
    at = np.linspace(0, len(sound) - 1, count, dtype=np.float32)
    return np.interp(at, np.arange(len(sound), dtype=np.float32), sound).astype(np.float32)


def coloured_noise(count: int, random: np.random.Generator) -> Floats:
    """Noise of a random colour (between white and brown), unit power."""
    spectrum = np.fft.rfft(random.standard_normal(count, dtype=np.float32))
    slope = random.uniform(0.0, 1.0)
    hz = np.maximum(np.fft.rfftfreq(count, 1 / 16000), 60.0)
    noise = np.fft.irfft(spectrum * (hz / 1000) ** -slope, count)
    return (noise / (noise.std() + 1e-9)).astype(np.float32)


def mixed(sound: Floats, noise: Floats, snr_db: float) -> Floats:
    """``sound`` with ``noise`` so many decibels below it; a short noise is repeated."""
    if len(noise) < len(sound):
        noise = np.tile(noise, len(sound) // len(noise) + 1)
    noise = noise[: len(sound)]
    loud = np.sqrt(np.mean(sound**2) + 1e-12)
    quiet = np.sqrt(np.mean(noise**2) + 1e-12)
    return sound + noise * np.float32(loud / quiet * 10 ** (-snr_db / 20))


def roomed(sound: Floats, random: np.random.Generator) -> Floats:
    """Reverberation by a random exponential tail of 0.1 to 0.5 s, some of it direct sound."""
    tail = int(16000 * random.uniform(0.1, 0.5))
    response = random.standard_normal(tail, dtype=np.float32) * np.exp(
        -6.9 * np.arange(tail, dtype=np.float32) / tail
    )
    response *= random.uniform(0.15, 0.6) / np.sqrt(np.sum(response**2))
    response[0] = 1.0
    size = 1 << (len(sound) + tail - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    return wet[: len(sound)].astype(np.float32)


def band_limited(sound: Floats, random: np.random.Generator) -> Floats:
    """Only what a telephone or a poor microphone lets through, with its 8-bit mu-law grain at times."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / 16000)
    low, high = random.uniform(20, 300), random.uniform(3300, 7000)
    spectrum *= 1 / (1 + (low / np.maximum(hz, 1)) ** 4) / (1 + (hz / high) ** 16)
    sound = np.fft.irfft(spectrum, len(sound)).astype(np.float32)
    if random.random() < 0.3:
        peak = np.abs(sound).max() + 1e-9
        companded = np.sign(sound) * np.log1p(255 * np.abs(sound / peak)) / np.log(256)
        companded = np.round(companded * 127) / 127
        sound = (np.sign(companded) * (256 ** np.abs(companded) - 1) / 255 * peak).astype(np.float32)
    return sound


def masked(mel: Floats, random: np.random.Generator) -> None:
    """SpecAugment in place on (frames, 128): up to two bands of rows and short stretches of time."""
    frames, bins = mel.shape
    for _ in range(2):
        width = int(random.integers(0, 20))
        start = int(random.integers(0, bins - width))
        mel[:, start : start + width] = 0
    for _ in range(2):
        width = int(random.integers(0, max(2, min(14, frames // 14))))
        start = int(random.integers(0, max(1, frames - width)))
        mel[start : start + width] = 0
