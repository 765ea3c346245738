"""What a home does to speech before a microphone has it: rooms, machines, television, gain that pumps, overload."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nano import augment

Floats = npt.NDArray[np.float32]

_BLOCK = 160
"""Samples of one gain of `automatic_gain`."""


def reverberant(sound: Floats, response: Floats) -> Floats:
    """``sound`` in the room of an impulse response, as long and as loud as before."""
    size = 1 << (len(sound) + len(response) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]
    before, after = np.sqrt(np.mean(sound**2) + 1e-12), np.sqrt(np.mean(wet**2) + 1e-12)
    return (wet * (before / after)).astype(np.float32)


def automatic_gain(sound: Floats, random: np.random.Generator) -> Floats:
    """A microphone's automatic gain: fast down, slow up, so that pauses swell; at most 30 dB."""
    blocks = -(-len(sound) // _BLOCK)
    padded = np.pad(sound, (0, blocks * _BLOCK - len(sound)))
    levels = np.sqrt(np.mean(padded.reshape(blocks, _BLOCK) ** 2, axis=1) + 1e-8)
    target, up = random.uniform(0.05, 0.2), random.uniform(0.005, 0.04)
    highest = 10 ** (random.uniform(10, 30) / 20)
    gain = min(highest, target / float(levels[: max(1, blocks // 4)].max()))
    gains = np.empty(blocks + 1, np.float32)
    for block, level in enumerate(levels):
        wanted = min(highest, target / float(level))
        gain += (wanted - gain) * (0.5 if wanted < gain else up)
        gains[block] = gain
    gains[blocks] = gain
    smooth = np.interp(np.arange(len(sound)), np.arange(blocks + 1) * _BLOCK, gains)
    return (sound * smooth).astype(np.float32)


def overloaded(sound: Floats, random: np.random.Generator) -> Floats:
    """Peaks cut off at 0.1 to 0.6 of the highest."""
    ceiling = np.float32(random.uniform(0.1, 0.6) * (np.abs(sound).max() + 1e-9))
    return np.clip(sound, -ceiling, ceiling)


@dataclass
class Home:
    """Rooms and noises to draw from."""

    rooms: list[Floats]
    noises: list[Floats] = field(default_factory=list)
    strength: float = 1.0
    """0 leaves sounds as they are, 1 spoils most of them."""

    def noise(self, count: int, random: np.random.Generator) -> Floats:
        """A stretch of a recorded or a coloured noise."""
        if self.noises and random.random() < 0.6:
            noise = self.noises[int(random.integers(len(self.noises)))]
            start = int(random.integers(0, max(1, len(noise) - count)))
            if (stretch := noise[start : start + count]).std() > 1e-5:
                return stretch
        return augment.coloured_noise(count, random)

    def spoiled(self, sound: Floats, random: np.random.Generator, beside: Floats | None = None) -> Floats:
        """``sound`` as it might arrive; ``beside`` is other speech, a television's, to be put under it at times."""
        strength = self.strength
        far = random.random() < 0.45 * strength
        if far and self.rooms:
            sound = reverberant(sound, self.rooms[int(random.integers(len(self.rooms)))])
        if beside is not None and len(beside) and random.random() < 0.07 * strength:
            sound = augment.mixed(sound, beside, random.uniform(8, 25))
        if random.random() < (0.8 if far else 0.45) * strength:
            snr = random.uniform(5, 25) if far else random.uniform(5, 40)
            sound = augment.mixed(sound, self.noise(len(sound), random), snr)
        if random.random() < 0.12 * strength:
            sound = augment.band_limited(sound, random)
        if random.random() < 0.2 * strength:
            sound = automatic_gain(sound, random)
        if random.random() < 0.05 * strength:
            sound = overloaded(sound, random)
        level = np.float32(np.abs(sound).max() + 1e-9)
        return np.clip(sound * np.float32(10 ** random.uniform(-2, 0)) / level, -1, 1)
