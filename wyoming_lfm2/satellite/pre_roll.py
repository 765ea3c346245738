"""The last seconds of what the microphone heard, and the sound of a command cut out of it and what follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.wake_word import RATE

PRE_ROLL_S = 2.0
"""Longer than a wake word's detection takes, and than Home Assistant's longest way to a new run."""

FRAME_SAMPLES = 512
"""Samples of what a brain is given at once; the last frame of a command may be shorter, and none is empty."""

_CUT_REACH_S = 0.12
_CUT_WINDOW_S = 0.03

Samples = NDArray[np.int16]


class PreRoll:
    """A ring of sound whose every sample has a time. Times are seconds of the monotonic clock.

    :param seconds: kept at least; frames are dropped whole.
    """

    def __init__(self, seconds: float = PRE_ROLL_S) -> None:
        self._keep_s = seconds
        self._frames: deque[tuple[Samples, float]] = deque()

    def add(self, samples: Samples, captured_at: float) -> None:
        """Take the next frame.

        :param samples: int16, shape ``(n,)``, 16 kHz mono.
        :param captured_at: when the last of them was captured.
        """
        self._frames.append((samples, captured_at))
        while len(self._frames) > 1 and self._frames[1][1] - len(self._frames[1][0]) / RATE < (
            captured_at - self._keep_s
        ):
            self._frames.popleft()

    def since(self, time: float) -> Iterator[tuple[Samples, float]]:
        """What was captured from a time on, as far as it is kept: frames, of the first a part, each with its time."""
        for samples, captured_at in self._frames:
            part = part_since(samples, captured_at, time)
            if len(part):
                yield part, captured_at

    def clear(self) -> None:
        """Forget everything: what comes next is of another microphone, or was not meant to be heard."""
        self._frames.clear()

    def quiet_moment(self, near: float) -> float:
        """The quietest moment within 0.12 s: where a word probably ends, if it ends about there.

        :returns: ``near`` itself, if nothing of that time is kept.
        """
        kept = [
            (samples, captured_at)
            for samples, captured_at in self.since(near - _CUT_REACH_S - _CUT_WINDOW_S / 2)
            if captured_at - len(samples) / RATE < near + _CUT_REACH_S + _CUT_WINDOW_S / 2
        ]
        if not kept:
            return near
        sound = np.concatenate([samples for samples, _ in kept]).astype(np.float32)
        begin = kept[0][1] - len(kept[0][0]) / RATE
        window = round(_CUT_WINDOW_S * RATE)
        if len(sound) <= window:
            return near
        energy = np.convolve(sound**2, np.ones(window, np.float32), mode="valid")
        last = round((near + _CUT_REACH_S - begin) * RATE - window / 2)
        return begin + (int(np.argmin(energy[: max(last, 1)])) + window / 2) / RATE


class CommandAudio:
    """The sound of one command, frame by frame: first out of the pre-roll, then as it comes.

    :param pre_roll: what was heard before the command was known to be one.
    :param audio_from: when the command begins, earlier or later than now.
    """

    def __init__(self, pre_roll: PreRoll, audio_from: float) -> None:
        self._from = audio_from
        self._silenced: list[tuple[float, float]] = []
        self._rest: list[Samples] = [np.zeros(0, np.int16)]
        self._pre_roll = pre_roll

    def first(self) -> list[bytes]:
        """What is there already; to be called once, before :meth:`feed`.

        :returns: frames of 512 samples, signed 16 bit little-endian.
        """
        frames = []
        for samples, captured_at in self._pre_roll.since(self._from):
            frames += self._take(samples, captured_at)
        return frames

    def feed(self, samples: Samples, captured_at: float) -> list[bytes]:
        """Take the next frame of the microphone; see :meth:`PreRoll.add`.

        :returns: like :meth:`first`; nothing while the command has not begun.
        """
        return self._take(part_since(samples, captured_at, self._from), captured_at)

    def silence(self, begin: float, end: float) -> None:
        """Let what is captured between these times be silence: the satellite's own chime is heard then."""
        self._silenced = [span for span in self._silenced if span[1] > begin - PRE_ROLL_S]
        self._silenced.append((begin, end))

    def end(self) -> bytes:
        """The last frame, if something is left of it; else nothing, which must not be sent."""
        rest = np.concatenate(self._rest)
        self._rest = [np.zeros(0, np.int16)]
        return rest.astype("<i2", copy=False).tobytes()

    def _take(self, samples: Samples, captured_at: float) -> list[bytes]:
        sound = np.concatenate([*self._rest, self._without_own_sound(samples, captured_at)])
        whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = [sound[whole:]]
        frames = sound[:whole].astype("<i2", copy=False).reshape(-1, FRAME_SAMPLES)
        return [frame.tobytes() for frame in frames]

    def _without_own_sound(self, samples: Samples, captured_at: float) -> Samples:
        begin = captured_at - len(samples) / RATE
        for silent_from, silent_to in self._silenced:
            first = max(round((silent_from - begin) * RATE), 0)
            last = min(round((silent_to - begin) * RATE), len(samples))
            if first < last:
                samples = samples.copy()
                samples[first:last] = 0
        return samples


def part_since(samples: Samples, captured_at: float, time: float) -> Samples:
    """The samples of a frame that were captured from a time on."""
    too_old = len(samples) - round((captured_at - time) * RATE)
    return samples[max(too_old, 0) :]
