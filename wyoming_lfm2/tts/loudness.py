"""Gives every voice and every sentence the same loudness, while the sound is still being made.

A voice's level is measured over its speech (silence does not count) and remembered, so
that from its second sentence on the first sample already has the right gain. Within a
sentence the gain moves slowly, and never so far that a peak would be cut off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SPEECH = 10 ** (-45 / 20)
"""RMS from which a block counts as speech."""

_BLOCK_S = 0.02
_MOST_GAIN = 10 ** (12 / 20)
_LEAST_GAIN = 10 ** (-12 / 20)
_PEAK = 0.97
"""Of full scale: no sample becomes louder than this by our doing."""

_PRIOR_S = 0.4
"""Seconds that the level expected beforehand counts for, against what is heard."""

_MEMORY_S = 20.0
"""Seconds of speech after which a voice's older sentences count for less."""


@dataclass
class VoiceLevel:
    """What is known of one voice: mean square of its speech, and over how many seconds."""

    power: float = 0.0
    seconds: float = 0.0

    def learn(self, power: float, seconds: float) -> None:
        """Add a sentence."""
        if seconds <= 0:
            return
        known = min(self.seconds, _MEMORY_S)
        self.power = (self.power * known + power * seconds) / (known + seconds)
        self.seconds = known + seconds


class Leveller:
    """Evens one sentence out."""

    def __init__(self, rate: int, target_db: float, level: VoiceLevel) -> None:
        """:param rate: hertz. :param target_db: RMS of speech, dB of full scale. :param level: the voice's."""
        self._block = max(1, round(rate * _BLOCK_S))
        self._rate = rate
        self._target = 10 ** (target_db / 20)
        self._level = level
        self._power = 0.0
        self._seconds = 0.0
        self._gain: float | None = None

    def level(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32, shape ``(n,)``; returns as many samples."""
        if not len(samples):
            return samples
        self._measure(samples)
        gain = self._wanted_gain()
        before = gain if self._gain is None else self._gain
        peak = float(np.max(np.abs(samples)))
        if peak * max(gain, before) > _PEAK:
            # Too loud by gain: at once, within this piece. Sound that came too loud stays as it is.
            gain = before = max(min(gain, _PEAK / peak), min(1.0, gain))
        self._gain = gain
        ramp = np.linspace(before, gain, len(samples), endpoint=False, dtype=np.float32)
        evened: NDArray[np.float32] = np.clip(samples * ramp, -1.0, 1.0)
        return evened

    def finish_sentence(self) -> None:
        """The sentence is complete: remember how loud the voice was."""
        self._level.learn(self._power, self._seconds)

    def _measure(self, samples: NDArray[np.float32]) -> None:
        blocks = max(1, len(samples) // self._block)
        powers = [
            float(np.mean(np.square(part, dtype=np.float64))) for part in np.array_split(samples, blocks)
        ]
        speech = [power for power in powers if power > _SPEECH**2]
        if speech:
            seconds = len(speech) / len(powers) * len(samples) / self._rate
            total = self._seconds + seconds
            self._power = (self._power * self._seconds + sum(speech) / len(speech) * seconds) / total
            self._seconds = total

    def _wanted_gain(self) -> float:
        expected, weight = self._level.power, self._level.seconds
        if not weight:
            expected, weight = self._target**2, _PRIOR_S
        weight = min(weight, 2.0)
        power = (expected * weight + self._power * self._seconds) / (weight + self._seconds)
        return float(np.clip(self._target / np.sqrt(max(power, 1e-12)), _LEAST_GAIN, _MOST_GAIN))
