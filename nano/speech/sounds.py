"""Synthetic sounds without a word in them: noises, tones, music, clicks, claps, engines and rain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RATE = 16000
Sound = NDArray[np.float64]
Generator = np.random.Generator


def _coloured(count: int, rng: Generator, slope: float) -> Sound:
    """Noise whose power falls with frequency to the power of `slope` (0 white, 1 pink, 2 brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequencies = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0)
    return np.asarray(np.fft.irfft(spectrum / frequencies ** (slope / 2), count))


def _band(count: int, rng: Generator, low: float, high: float) -> Sound:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] *= 0.01
    return np.asarray(np.fft.irfft(spectrum, count))


def _decay(count: int, seconds: float) -> Sound:
    return np.exp(-np.arange(count) / RATE / seconds)


def _add(target: Sound, sound: Sound, start: int) -> None:
    end = min(len(target), start + len(sound))
    target[start:end] += sound[: end - start]


def silence(count: int, rng: Generator) -> Sound:
    """Digital silence, or nearly."""
    return np.asarray(rng.standard_normal(count) * rng.choice([0.0, 0.3]) / 32768)


def noise(count: int, rng: Generator) -> Sound:
    """Steady white, pink or brown noise, or something between."""
    return _coloured(count, rng, rng.choice([0.0, 1.0, 2.0, rng.uniform(0, 2.5)]))


def fan(count: int, rng: Generator) -> Sound:
    """Wide noise, slowly modulated, with the hum of blades."""
    time = np.arange(count) / RATE
    blades = rng.uniform(40, 160)
    hum = sum(np.sin(2 * np.pi * blades * k * time + rng.uniform(0, 6)) / k**1.5 for k in range(1, 6))
    air = _coloured(count, rng, rng.uniform(0.8, 1.6))
    wobble = 1 + rng.uniform(0, 0.3) * np.sin(2 * np.pi * rng.uniform(0.2, 3) * time)
    return np.asarray((air / air.std() + rng.uniform(0.1, 1) * hum) * wobble)


def rain(count: int, rng: Generator) -> Sound:
    """Drops: many short clicks of noise over a hiss."""
    out = 0.05 * rng.standard_normal(count)
    for start in rng.integers(0, count, int(count / RATE * rng.uniform(30, 400))):
        length = int(rng.integers(20, 200))
        _add(
            out,
            rng.standard_normal(length) * _decay(length, length / RATE / 4) * rng.exponential(0.3),
            int(start),
        )
    return out


def mains_hum(count: int, rng: Generator) -> Sound:
    """50 or 60 Hz with harmonics."""
    time, base = np.arange(count) / RATE, rng.choice([50.0, 60.0])
    out = sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * time) for k in range(1, 12))
    return np.asarray(out + 0.01 * rng.standard_normal(count))


def tone(count: int, rng: Generator) -> Sound:
    """A steady tone, a sweep, or beeps."""
    time = np.arange(count) / RATE
    start, end = rng.uniform(100, 4000, 2)
    kind = rng.integers(3)
    if kind == 1:
        return np.asarray(np.sin(2 * np.pi * (start * time + (end - start) / 2 / time[-1] * time**2)))
    out = np.sin(2 * np.pi * start * time)
    if kind == 2:
        out = out * (np.sin(2 * np.pi * rng.uniform(0.5, 4) * time) > rng.uniform(-0.5, 0.7))
    return np.asarray(out)


def _note(frequency: float, count: int, rng: Generator, brightness: float, plucked: bool) -> Sound:
    time = np.arange(count) / RATE
    vibrato = rng.uniform(0, 0.004) * np.sin(2 * np.pi * 5.5 * time) / (2 * np.pi * 5.5)
    out = np.zeros(count)
    for k in range(1, 12):
        if frequency * k < RATE / 2:
            out += np.sin(2 * np.pi * frequency * k * (time + vibrato)) * k**-brightness
    attack = np.minimum(1, np.arange(count) / (RATE * (0.005 if plucked else 0.06)))
    release = np.minimum(1, (count - np.arange(count)) / (RATE * 0.05))
    return np.asarray(out * attack * release * (_decay(count, count / RATE / 2) if plucked else 1))


def music(count: int, rng: Generator) -> Sound:
    """A melody over chords in a major or minor key, with or without drums."""
    out = np.zeros(count)
    beat = int(RATE * 60 / rng.uniform(70, 160))
    scale = np.array([0, 2, 4, 5, 7, 9, 11]) if rng.random() < 0.6 else np.array([0, 2, 3, 5, 7, 8, 10])
    root, brightness = 110 * 2 ** (rng.integers(0, 18) / 12), rng.uniform(0.8, 2.2)
    plucked, drums = rng.random() < 0.6, rng.random() < 0.5
    degree = 0

    def pitch(step: int, octave: int) -> float:
        return float(root * 2 ** ((scale[step % 7] + 12 * (step // 7 + octave)) / 12))

    for start in range(0, count, 4 * beat):
        chord = int(rng.choice([0, 3, 4, 5, 1]))
        for step in (chord, chord + 2, chord + 4):
            _add(out, 0.4 * _note(pitch(step, 0), 4 * beat, rng, brightness + 0.5, plucked), start)
    start = 0
    while start < count:
        length = int(beat * rng.choice([0.5, 0.5, 1, 1, 2]))
        degree = int(np.clip(degree + rng.integers(-2, 3), -3, 9))
        if rng.random() < 0.85:
            _add(out, _note(pitch(degree, 1), length, rng, brightness, plucked), start)
        start += length
    if drums:
        _add(out, drum_loop(count, rng) * 2, 0)
    return out


def drum_loop(count: int, rng: Generator) -> Sound:
    """Kick, snare and hi-hat in eighths."""
    out = np.zeros(count)
    step = int(RATE * 60 / rng.uniform(80, 150) / 2)
    time = np.arange(step) / RATE
    kick = np.sin(2 * np.pi * (50 * time + 8 * (1 - np.exp(-time * 30)))) * _decay(step, 0.08)
    snare = (rng.standard_normal(step) + np.sin(2 * np.pi * 190 * time)) * _decay(step, 0.05) * 0.5
    hat = np.diff(rng.standard_normal(step + 1)) * _decay(step, 0.02) * 0.3
    pattern = rng.random(8) < 0.25
    for number, start in enumerate(range(0, count, step)):
        _add(out, hat, start)
        if number % 4 == 0 or pattern[number % 8]:
            _add(out, kick, start)
        if number % 4 == 2:
            _add(out, snare, start)
    return out


def clicks(count: int, rng: Generator) -> Sound:
    """Keyboard and mouse: short resonant clicks at irregular times."""
    out = 0.002 * rng.standard_normal(count)
    start = 0.0
    while start < count:
        length = int(rng.integers(80, 600))
        ring = np.sin(2 * np.pi * rng.uniform(800, 5000) * np.arange(length) / RATE) + rng.standard_normal(
            length
        )
        _add(out, ring * _decay(length, rng.uniform(0.002, 0.01)) * rng.uniform(0.2, 1), int(start))
        start += rng.exponential(RATE * 0.2) + 800
    return out


def claps(count: int, rng: Generator) -> Sound:
    """Claps and knocks, a few or an audience of them."""
    out = 0.001 * rng.standard_normal(count)
    rate = rng.choice([2.0, 4.0, 60.0])
    low = rng.choice([150.0, 700.0])
    for start in rng.integers(0, count, max(1, int(count / RATE * rate))):
        length = int(rng.integers(800, 3000))
        _add(out, _band(length, rng, low, low * 4) * _decay(length, rng.uniform(0.01, 0.04)), int(start))
    return out


def rumble(count: int, rng: Generator) -> Sound:
    """Traffic or wind: low noise that swells."""
    swell = np.interp(np.arange(count), np.linspace(0, count, 12), rng.uniform(0.1, 1, 12))
    return np.asarray(_coloured(count, rng, 3.0) * swell)


def ringing(count: int, rng: Generator) -> Sound:
    """A telephone, a bell or an alarm clock."""
    time = np.arange(count) / RATE
    first, second = rng.uniform(400, 2500, 2)
    warble = np.where(np.sin(2 * np.pi * rng.uniform(8, 25) * time) > 0, first, second)
    out = np.sin(2 * np.pi * np.cumsum(warble) / RATE)
    return np.asarray(
        out * (np.sin(2 * np.pi * rng.uniform(0.2, 0.6) * time) > 0) + 0.001 * rng.standard_normal(count)
    )


SOUNDS: dict[str, Callable[[int, Generator], Sound]] = {
    "silence": silence, "noise": noise, "fan": fan, "rain": rain, "hum": mains_hum, "tone": tone, "music": music,
    "drums": drum_loop, "clicks": clicks, "claps": claps, "rumble": rumble, "ringing": ringing,
}  # fmt: skip


def make_sound(kind: str, seconds: float, level: float, rng: Generator) -> NDArray[np.int16]:
    """`seconds` of `kind` at 16 kHz with its peak at `level` dB of full scale (silence keeps its own)."""
    sound = SOUNDS[kind](int(seconds * RATE), rng)
    if kind != "silence":
        fade = np.minimum(1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / 160)
        sound = sound / np.abs(sound).max() * 10 ** (level / 20) * fade
    return np.asarray(sound * 32767, dtype=np.int16)
