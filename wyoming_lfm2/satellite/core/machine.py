"""The satellite's state machine: happenings go in, actions come out, and nothing else happens here."""

from __future__ import annotations

from collections.abc import Sequence

from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.actions import Action
from wyoming_lfm2.satellite.core.settings import CoreSettings
from wyoming_lfm2.satellite.core.situation import Situation
from wyoming_lfm2.satellite.core.state import State
from wyoming_lfm2.satellite.core.table import TABLE

__all__ = ["Machine"]


class Machine:
    """Without a clock, sound, network or thread of its own.

    It begins without a microphone and without a brain; ``MicrophoneFound`` and
    ``BrainAvailable`` say that they are there.

    :param muted: a person had muted the microphone when the satellite last ended.
    """

    def __init__(self, settings: CoreSettings | None = None, *, muted: bool = False) -> None:
        self._situation = Situation(settings or CoreSettings(), muted=muted)

    @property
    def state(self) -> State:
        """What the satellite is doing."""
        return self._situation.state

    @property
    def deadline(self) -> float | None:
        """When ``DeadlinePassed`` is due, if nothing else happens before; may change with every happening."""
        return min(self._situation.deadlines.values(), default=None)

    @property
    def muted(self) -> bool:
        """Whether nothing that the microphone brings may be used."""
        return bool(self._situation.muted_by)

    @property
    def stop_phrase_wanted(self) -> bool:
        """Whether somebody may want to say "stop": something of the satellite's plays, and it may hear."""
        audible = {State.SPEAKING, State.ANNOUNCING, State.RINGING}
        return self._situation.doing in audible and not self.muted

    def handle(self, happening: hap.Happening, now: float) -> Sequence[Action]:
        """Take in what has happened.

        :param now: seconds of the monotonic clock; never less than the time before.
        :returns: what to do, in this order.
        """
        situation = self._situation
        situation.now = now
        situation.actions = []
        before = situation.state
        if situation.closed:
            self._handle_closed(happening)
        else:
            TABLE[type(happening)][before](situation, happening)
        if situation.state is not before:
            situation.do(actions.ShowState(situation.state))
        return situation.actions

    def _handle_closed(self, happening: hap.Happening) -> None:
        """After the end nothing is played, and the brain need not wait for it."""
        if isinstance(happening, hap.AnswerSoundStarted | hap.AnnouncementArrived) and self._situation.is_new(
            happening.sound
        ):
            self._situation.do(actions.ReportPlayed(happening.sound))
