"""Sounds that are not speech, made from formulas: float32, 16 kHz, -1 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float32]


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def tone(seconds: float, hertz: float = 440.0, amplitude: float = 0.3) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hertz * _time(seconds))).astype(np.float32)


def white_noise(seconds: float, amplitude: float = 0.1, seed: int = 1) -> Samples:
    return (amplitude * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)


def coloured_noise(seconds: float, slope: float, amplitude: float = 0.1, seed: int = 2) -> Samples:
    """Noise whose amplitude falls with frequency: slope 0.5 is pink (wind, a fan), 1 brown (traffic)."""
    spectrum = np.fft.rfft(white_noise(seconds, 1.0, seed))
    spectrum /= np.maximum(np.arange(len(spectrum)) / seconds, 20.0) ** slope
    return _scaled(np.fft.irfft(spectrum, int(seconds * RATE)), amplitude)


def mains_hum(seconds: float, amplitude: float = 0.1) -> Samples:
    harmonics = (np.sin(2 * np.pi * 50 * k * _time(seconds)) / k**2 for k in range(1, 12))
    return _scaled(np.sum(list(harmonics), axis=0), amplitude)


def sweep(seconds: float, amplitude: float = 0.3) -> Samples:
    time = _time(seconds)
    return (amplitude * np.sin(2 * np.pi * (100 * time + 1500 * time**2 / seconds))).astype(np.float32)


def beeps(seconds: float, hertz: float = 1000.0, every: float = 0.5, length: float = 0.15) -> Samples:
    """An alarm clock."""
    return (tone(seconds, hertz) * (_time(seconds) % every < length)).astype(np.float32)


def siren(seconds: float, amplitude: float = 0.3) -> Samples:
    time = _time(seconds)
    return (amplitude * np.sin(2 * np.pi * 700 * time - 60 * np.cos(2 * np.pi * time))).astype(np.float32)


def knocks(seconds: float, every: float = 0.4, seed: int = 3) -> Samples:
    """Knocking, typing, a door: short bursts that die away."""
    since = _time(seconds) % every
    return _scaled(white_noise(seconds, 1.0, seed) * np.exp(-since * 60), 0.5)


def melody(seconds: float, seed: int = 4) -> Samples:
    """Plucked notes with harmonics over held chords."""
    notes = 220 * 2 ** (np.random.default_rng(seed).choice([0, 2, 4, 7, 9, 12], int(seconds * 4) + 1) / 12)
    time, played = _time(seconds), np.zeros(int(seconds * RATE))
    for number, hertz in enumerate(notes):
        since = np.maximum(time - number / 4, 0)
        pluck = np.where(time >= number / 4, np.exp(-4 * since), 0)
        for harmonic in range(1, 7):
            played += pluck * np.sin(2 * np.pi * hertz * harmonic * since) / harmonic**1.5
    for hertz in (110.0, 138.6, 164.8):
        played += 0.4 * np.sin(2 * np.pi * hertz * time + 0.3 * np.sin(2 * np.pi * 5 * time))
    return _scaled(played, 0.2)


def drums(seconds: float, seed: int = 5) -> Samples:
    time = _time(seconds)
    kick = np.sin(2 * np.pi * 60 * (time % 0.5)) * np.exp(-(time % 0.5) * 15)
    hat = white_noise(seconds, 0.3, seed) * np.exp(-(time % 0.25) * 40)
    return _scaled(kick + hat, 0.3)


def barks(seconds: float, seed: int = 6) -> Samples:
    """Short, harsh, falling harmonics, twice a second."""
    since = _time(seconds) % 0.6
    pitch = 2 * np.pi * (500 * since - 400 * since**2)
    harsh = np.sum([np.sin(k * pitch) / k for k in range(1, 9)], axis=0)
    rough = 1 + 0.5 * white_noise(seconds, 1.0, seed)
    return _scaled(harsh * rough * np.exp(-since * 14), 0.4)


NOT_SPEECH: dict[str, Callable[[float], Samples]] = {
    "silence": silence,
    "white noise": white_noise,
    "faint white noise": lambda seconds: white_noise(seconds, 0.002),
    "loud white noise": lambda seconds: white_noise(seconds, 0.5),
    "pink noise": lambda seconds: coloured_noise(seconds, 0.5),
    "brown noise": lambda seconds: coloured_noise(seconds, 1.0),
    "mains hum": mains_hum,
    "low tone": lambda seconds: tone(seconds, 120.0),
    "tone": tone,
    "high tone": lambda seconds: tone(seconds, 3000.0),
    "clipped tone": lambda seconds: np.clip(tone(seconds, 200.0, 3.0), -1, 1),
    "sweep": sweep,
    "beeps": beeps,
    "siren": siren,
    "knocks": knocks,
    "melody": melody,
    "drums": drums,
    "melody and drums": lambda seconds: 0.5 * (melody(seconds) + drums(seconds)),
    "barks": barks,
    "constant offset": lambda seconds: silence(seconds) + np.float32(0.4),
}
"""Makers by name; each takes a length in seconds."""


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _scaled(samples: NDArray[np.floating[Any]], amplitude: float) -> Samples:
    return (samples / np.abs(samples).max() * amplitude).astype(np.float32)
