"""The satellite's own short sounds, made from a few numbers; each can be replaced by a file or left out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

CHIME_RATE = 24_000
"""Hertz."""


@dataclass(frozen=True)
class Tone:
    """One note, struck and dying away."""

    frequency: float
    """Hertz."""

    begins_s: float
    lasts_s: float


TONES: dict[str, tuple[Tone, ...]] = {
    # Upwards: go on. Short, since it sounds while somebody may already be speaking.
    "awake": (Tone(659.3, 0.0, 0.09), Tone(987.8, 0.05, 0.1)),
    # Downwards: heard, done.
    "done": (Tone(987.8, 0.0, 0.09), Tone(659.3, 0.05, 0.12)),
    # Low and twice.
    "error": (Tone(311.1, 0.0, 0.14), Tone(277.2, 0.16, 0.2)),
    "muted": (Tone(523.3, 0.0, 0.1), Tone(392.0, 0.08, 0.12), Tone(261.6, 0.16, 0.16)),
    # One round of ringing, with the pause behind it.
    "timer": (
        Tone(880.0, 0.0, 0.2),
        Tone(1108.7, 0.15, 0.2),
        Tone(1318.5, 0.3, 0.4),
        Tone(880.0, 0.8, 0.2),
        Tone(1108.7, 0.95, 0.2),
        Tone(1318.5, 1.1, 0.4),
        Tone(880.0, 2.0, 0.0),
    ),
}
"""By name."""

_PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.12))
"""Multiples of a tone's frequency and their strengths: between a bell and a marimba."""

_PEAK = 0.35
"""Of full scale: about as loud as speech."""


@cache
def chime(name: str) -> bytes:
    """A sound by its name in :data:`TONES`.

    :returns: signed 16 bit mono at :data:`CHIME_RATE`.
    """
    tones = TONES[name]
    length = max(tone.begins_s + tone.lasts_s for tone in tones)
    sound = np.zeros(int(length * CHIME_RATE) + 1, np.float64)
    for tone in tones:
        time = np.arange(int(tone.lasts_s * CHIME_RATE)) / CHIME_RATE
        if not len(time):
            continue
        wave = sum(
            level * np.sin(2 * np.pi * tone.frequency * multiple * time) for multiple, level in _PARTIALS
        )
        attack = np.minimum(1.0, time / 0.004)
        decay = np.exp(-4.0 * time / tone.lasts_s)
        release = np.minimum(1.0, (tone.lasts_s - time) / 0.01)
        begin = int(tone.begins_s * CHIME_RATE)
        sound[begin : begin + len(time)] += wave * attack * decay * release
    sound *= _PEAK / max(1e-9, float(np.max(np.abs(sound))))
    return np.rint(sound * 32767).astype(np.int16).tobytes()
