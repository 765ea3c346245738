"""Echo cancellation by libspeexdsp, through ctypes: it keeps a voice that speaks over ours whole.

The library is a package of every distribution (``libspeexdsp1`` in Debian); the interface is that of
``speex/speex_echo.h``, version 1.2. The filter is Valin's multidelay block filter ("On Adjusting the Learning
Rate in Frequency Domain Echo Cancellation With Double-Talk", 2007).
"""

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np

from wyoming_lfm2.satellite.echo import SampleClock, Samples
from wyoming_lfm2.satellite.echo_gate import EchoGate
from wyoming_lfm2.satellite.wake_word import RATE

BLOCK = 256
"""Samples that are filtered at once."""
TAIL = 3200
"""Samples of echo: 0.2 s, of which the lead takes a part."""
_LEAD_S = 0.04
"""The filter wants the sound before its echo, and the times of both are known only so well."""
_LEAST_LAG = 160
"""Samples of what is played that must be there already: more come in bursts, and a hole would be no silence."""
_SLIP_S = 0.03
"""The times are smoothed; sound and echo are aligned anew if they have moved by more."""
_KEPT_S = 3.0
_SET_SAMPLING_RATE = 24


class SpeexMissingError(Exception):
    """The library is not here; the text says how to get it."""


class SpeexEcho:
    """See :class:`~wyoming_lfm2.satellite.echo.EchoReducer`.

    :raises SpeexMissingError: the library is not installed.
    """

    def __init__(self) -> None:
        self._library = _library()
        self._state: int | None = self._library.speex_echo_state_init(BLOCK, TAIL)
        rate = ctypes.c_int(RATE)
        self._library.speex_echo_ctl(self._state, _SET_SAMPLING_RATE, ctypes.byref(rate))
        self._gate = EchoGate()
        self._played = np.zeros(int(_KEPT_S * RATE), np.int16)
        """The last samples that were played; the newest is the last."""
        self._played_until = float("-inf")
        self._play_clock, self._hear_clock = SampleClock(), SampleClock()
        self._lag: int | None = None
        """Samples by which what is heard now is behind the newest of ``_played``; kept as steady as it can be."""

    def play(self, samples: Samples, heard_at: float) -> None:
        """See :class:`~wyoming_lfm2.satellite.echo.EchoReducer`."""
        self._gate.play(samples, heard_at)
        samples = samples[-len(self._played) :]
        self._played = np.concatenate([self._played[len(samples) :], samples])
        self._played_until = self._play_clock.add(len(samples), heard_at)
        if self._lag is not None:
            self._lag += len(samples)

    def clean(self, samples: Samples, captured_at: float) -> tuple[Samples, bool]:
        """See :class:`~wyoming_lfm2.satellite.echo.EchoReducer`; only whole blocks are filtered."""
        until = self._hear_clock.add(len(samples), captured_at)
        if self._state is not None and not len(samples) % BLOCK:
            samples = self._filtered(samples, self._reference(len(samples), until))
        # What the filter leaves of the echo follows what is played, too.
        return samples, self._gate.has_somebody(samples, captured_at)

    def close(self) -> None:
        """See :class:`~wyoming_lfm2.satellite.echo.EchoReducer`."""
        if self._state is not None:
            self._library.speex_echo_state_destroy(self._state)
            self._state = None

    def _reference(self, count: int, until: float) -> Samples:
        """What was played when this was heard."""
        lag = round((self._played_until - until - _LEAD_S) * RATE) if self._played_until > 0 else 0
        if self._lag is None or abs(self._lag - count - max(lag, _LEAST_LAG)) > _SLIP_S * RATE:
            self._lag = max(lag, _LEAST_LAG)
        else:
            self._lag -= count
        end = len(self._played) - self._lag
        wanted = np.zeros(count, np.int16)
        first, last = max(end - count, 0), min(end, len(self._played))
        if first < last:
            wanted[first - (end - count) : last - (end - count)] = self._played[first:last]
        return wanted

    def _filtered(self, samples: Samples, reference: Samples) -> Samples:
        heard, played = np.ascontiguousarray(samples, np.int16), np.ascontiguousarray(reference, np.int16)
        cleaned = np.empty_like(heard)
        for begin in range(0, len(heard), BLOCK):
            self._library.speex_echo_cancellation(
                self._state, *(part.ctypes.data + 2 * begin for part in (heard, played, cleaned))
            )
        return cleaned


def _library() -> ctypes.CDLL:
    name = ctypes.util.find_library("speexdsp") or "libspeexdsp.so.1"
    try:
        library = ctypes.CDLL(name)
        library.speex_echo_state_init.restype = ctypes.c_void_p
        library.speex_echo_state_init.argtypes = [ctypes.c_int, ctypes.c_int]
        library.speex_echo_state_destroy.restype = None
        library.speex_echo_state_destroy.argtypes = [ctypes.c_void_p]
        library.speex_echo_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
        library.speex_echo_cancellation.restype = None
        library.speex_echo_cancellation.argtypes = [ctypes.c_void_p] * 4
    except (OSError, AttributeError):
        raise SpeexMissingError(
            "Echo cancellation by Speex needs the library libspeexdsp: apt-get install libspeexdsp1 (Debian, "
            "Ubuntu), dnf install speexdsp (Fedora), apk add speexdsp (Alpine)."
        ) from None
    return library
