"""How much sound a listener still has to play, so that the neediest can be served first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class PlaybackClock:
    """What one listener has been given, and what it must have heard of that by now.

    It is taken to play in real time from the moment the first sound is added. Sound that
    comes after it has run dry is played from then on. Shared by all sentences of one
    reply. Any thread may call it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """:param clock: seconds that only ever grow."""
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: float | None = None
        self._underruns = 0

    def add(self, seconds: float) -> None:
        """Note that the listener was given ``seconds`` more of sound."""
        with self._lock:
            now = self._clock()
            if self._ends is None:
                self._ends = now
            elif self._ends < now:
                self._underruns += 1
                self._ends = now
            self._ends += seconds

    def lead_s(self) -> float:
        """Seconds of sound still to be played; 0 or less: it plays nothing, starved or not begun."""
        with self._lock:
            return 0.0 if self._ends is None else self._ends - self._clock()

    @property
    def begun(self) -> bool:
        """Whether any sound was given."""
        with self._lock:
            return self._ends is not None

    @property
    def awaited(self) -> bool:
        """Whether anybody waits for the sound; what is made for nobody gives way to everything else."""
        return True

    @property
    def underruns(self) -> int:
        """How often sound came after all before it had been played; a pause between sentences counts."""
        with self._lock:
            return self._underruns
