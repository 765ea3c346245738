"""Whose step is carried out next.

Commands come first; then listeners whose sound is about to run out; then everything else that somebody waits for; and
last listeners who have enough sound ahead.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from typing import Protocol, TypeVar

from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.steps import DecodeToken, GenerateAudioFrame, Priority, Step

STARVING_S = 0.4
"""Sound ahead below which a listener comes before everything but commands. It lasts for the longest prefill step
(32 rows, 0.3 s on two cores) and the listener's own next audio frame. Encoding audio, which cannot be interrupted,
takes 0.1 s for each of its seconds: a listener hears no gap if so much more sound is ahead."""

WELL_OFF_S = 2.0
"""Sound ahead from which a listener does not go along with one who comes first."""

STEPS_IN_A_ROW = 3
"""Those who come first leave every fourth step to those behind them who are starving, so that these go on, too:
commands to listeners, and listeners to the others."""


class Schedulable(Protocol):
    """What is looked at of a running request."""

    @property
    def listener(self) -> PlaybackClock | None:
        """Who plays what it makes."""
        ...

    @property
    def priority(self) -> Priority:
        """Its kind."""
        ...

    @property
    def step(self) -> Step:
        """What it wants to do next."""
        ...

    @property
    def sequence(self) -> Sequence:
        """Where it does it."""
        ...


R = TypeVar("R", bound=Schedulable)


class SchedulingPolicy:
    """Chooses step by step; remembers only how long those behind have been waiting."""

    def __init__(self) -> None:
        self._commands_in_a_row = 0
        self._in_a_row = 0

    def choose(self, running: Items[R]) -> list[R]:
        """Those whose steps are carried out together now; at least one.

        :param running: not empty; whoever waits longest comes first.
        """
        leads = {id(runner): runner.listener.lead_s() for runner in running if runner.listener}
        others = [runner for runner in running if not runner.listener]
        heard = sorted(
            (runner for runner in running if runner.listener), key=lambda runner: leads[id(runner)]
        )
        starving = bool(heard) and leads[id(heard[0])] < STARVING_S
        commands = [runner for runner in others if runner.priority is Priority.COMMAND]
        if commands and not (starving and self._commands_in_a_row >= STEPS_IN_A_ROW):
            self._commands_in_a_row = self._commands_in_a_row + 1 if starving else 0
            return _together(commands[0], others)
        self._commands_in_a_row = 0
        if commands:
            return _together(heard[0], [r for r in heard if leads[id(r)] < WELL_OFF_S])
        if starving and not (others and self._in_a_row >= STEPS_IN_A_ROW):
            self._in_a_row = self._in_a_row + 1 if others else 0
            return _together(heard[0], [r for r in heard if not others or leads[id(r)] < WELL_OFF_S])
        self._in_a_row = 0
        if others:
            return _together(others[0], others)
        return _together(heard[0], heard)


def _together(first: R, candidates: Items[R]) -> list[R]:
    """``first`` and those whose steps llama.cpp can do along with its own."""
    kind = type(first.step)
    if kind not in (DecodeToken, GenerateAudioFrame):
        return [first]
    found = [runner for runner in candidates if type(runner.step) is kind]
    # The same order each time: llama.cpp keeps the layout of a computation that looks like the last.
    return sorted(found, key=lambda runner: runner.sequence.id) if kind is GenerateAudioFrame else found
