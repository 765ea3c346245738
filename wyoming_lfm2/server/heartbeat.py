"""Whether the model hangs: a step that never ends cannot be interrupted, but whoever waits can be told."""

from __future__ import annotations

from wyoming_lfm2.engine.api import Heartbeat
from wyoming_lfm2.protocol.errors import RequestError
from wyoming_lfm2.protocol.extensions import STALLED_CODE

STALLED_LIMIT_S = 60.0
"""Seconds in one step of the model from which it hangs. On a slow machine the longest takes some seconds."""


class HeartbeatMonitor:
    """Judges the heartbeat of the engine, for connections and for systemd."""

    def __init__(self, heartbeat: Heartbeat, limit_s: float = STALLED_LIMIT_S) -> None:
        """:param limit_s: seconds in one step from which the model hangs."""
        self._heartbeat = heartbeat
        self._limit_s = limit_s

    @property
    def interval_s(self) -> float:
        """How often to look."""
        return self._limit_s / 10

    @property
    def hangs(self) -> bool:
        """Whether the model has been in one step for too long."""
        return self.stalled_s() >= self._limit_s

    def stalled_s(self) -> float:
        """Seconds that the model has been busy with one step; 0 if with none."""
        return self._heartbeat.stalled_s()

    def error(self) -> RequestError:
        """What a client is told when it :attr:`hangs`."""
        text = (
            f"The model has not finished a step for {self.stalled_s():.0f} s. The server has to be restarted"
        )
        return RequestError(text, STALLED_CODE)
