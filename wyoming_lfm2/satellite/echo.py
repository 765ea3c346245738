"""The satellite's own voice in its microphone: how it is told from people, and how it is taken away."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.echo_gate import EchoGate
from wyoming_lfm2.satellite.wake_word import RATE

Samples = NDArray[np.int16]


class EchoReducer(Protocol):
    """Takes the sound that is played and gives back the microphone's without it, as well as it can.

    Frames come in their order; both methods are called by one thread.
    """

    def play(self, samples: Samples, heard_at: float) -> None:
        """Take what the loudspeaker plays, silence as well, at the volume at which it is played.

        :param samples: int16, shape ``(n,)``, 16 kHz mono.
        :param heard_at: when the last of them is heard; seconds of the monotonic clock.
        """
        ...

    def clean(self, samples: Samples, captured_at: float) -> tuple[Samples, bool]:
        """Take a frame of the microphone.

        :param captured_at: when its last sample was captured.
        :returns: the frame as it is to be listened to, int16, and whether somebody may be in it.
        """
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class NoEcho:
    """Where there is none: headphones, or a sound server that has taken it away."""

    def play(self, samples: Samples, heard_at: float) -> None:
        """See :class:`EchoReducer`."""
        del samples, heard_at

    def clean(self, samples: Samples, captured_at: float) -> tuple[Samples, bool]:
        """See :class:`EchoReducer`."""
        del captured_at
        return samples, True

    def close(self) -> None:
        """See :class:`EchoReducer`."""


class Ducking:
    """Changes nothing, and says when somebody speaks over our own voice: then that becomes quieter.

    See ``CoreSettings.duck_playback``; wake words and stop phrases are heard then.
    """

    def __init__(self) -> None:
        self._gate = EchoGate()

    def play(self, samples: Samples, heard_at: float) -> None:
        """See :class:`EchoReducer`."""
        self._gate.play(samples, heard_at)

    def clean(self, samples: Samples, captured_at: float) -> tuple[Samples, bool]:
        """See :class:`EchoReducer`."""
        return samples, self._gate.has_somebody(samples, captured_at)

    def close(self) -> None:
        """See :class:`EchoReducer`."""


class SampleClock:
    """The time of each sample of a stream whose pieces arrive in bursts.

    A piece may be late, never early: the earliest arrivals of the last seconds tell the time. A gap, or a clock
    that is another one, is followed at once.
    """

    _CREEP = 1e-4  # devices' clocks differ by less
    _GAP_S = 0.25

    def __init__(self) -> None:
        self._count = 0
        self._offset: float | None = None

    def add(self, samples: int, arrived_at: float) -> float:
        """Take the arrival of so many samples.

        :returns: when the last of them was due.
        """
        self._count += samples
        offset = arrived_at - self._count / RATE
        if self._offset is None or abs(offset - self._offset) > self._GAP_S:
            self._offset = offset
        else:
            self._offset = min(self._offset + self._CREEP * samples / RATE, offset)
        return self._offset + self._count / RATE
