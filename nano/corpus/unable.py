"""Commands that nano cannot carry out: those for another time, and several at once. It says so.

Timers, alarms and reminders need the device that hears, or a clock that rings. A command for later would be done at
once if its end were not heeded, and of two things only one would be done.
"""

from __future__ import annotations

from nano.corpus.exchange import Exchange
from nano.corpus.fillers import Fillers
from nano.corpus.targets import Targets

LATER = "Sorry, I can only do that now."
TIMERS = "Sorry, I can't set timers."
ALARMS = "Sorry, I can't set an alarm."
REMINDERS = "Sorry, I can't set reminders."
ONE = "One at a time, please."
EVERYTHING = "Sorry, I can't do that for everything."
MESSAGES = "Sorry, I can't send messages."


class Unable:
    """Draws such commands."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._rng = targets.rng
        self._fill = Fillers(targets.rng)
        self.kinds = {self.timer: 12, self.alarm: 5, self.reminder: 5, self.later: 6, self.several: 4}

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def _duration(self) -> str:
        minutes, seconds = self._fill("minutes"), self._fill("seconds")
        forms = (
            f"{minutes} minutes",
            f"{minutes} minutes",
            f"{seconds} seconds",
            "1 minute",
            "1 hour",
            "half an hour",
        )
        return self._one(*forms, f"{self._fill('hours')} hours", f"{minutes} minutes and {seconds} seconds")

    def timer(self) -> Exchange:
        """Timers need the device that hears."""
        name, duration, minutes = self._fill("timer"), self._duration(), self._fill("minutes")
        forms = (
            f"set a timer for {duration}", f"start a timer for {duration}", f"set a {minutes} minute timer",
            f"{minutes} minute timer", f"set a {name} timer for {duration}", "set a timer", "cancel the timer",
            "stop the timer", f"cancel the {name} timer", "how much time is left", "pause the timer", "cancel all timers",
            f"how much time is left on the {name} timer", f"add {minutes} minutes to the timer", f"resume the {name} timer",
            "how long is left on my timer", f"start a {minutes} minute {name} timer", f"create a timer for {duration}",
        )  # fmt: skip
        return Exchange(self._one(*forms), TIMERS, topic="unable")

    def alarm(self) -> Exchange:
        """Alarms, likewise."""
        clock, day = self._fill("clock"), self._fill("day")
        forms = (
            f"wake me up at {clock}",
            f"set an alarm for {clock}",
            f"set an alarm for {clock} {day}",
            f"cancel my {clock} alarm",
        )
        return Exchange(
            self._one(*forms, "set an alarm", f"wake me up {day} at {clock}"), ALARMS, topic="unable"
        )

    def reminder(self) -> Exchange:
        """Reminders and messages."""
        task, person, when = (
            self._fill("task"),
            self._fill("person"),
            self._one("at " + self._fill("clock"), self._fill("day")),
        )
        if self._rng.random() < 0.3:
            forms = (
                f"call {person}",
                f"send a message to {person}",
                f"tell {person} I'll be late",
                f"text {person}",
            )
            return Exchange(self._one(*forms), MESSAGES, topic="unable")
        forms = (
            f"remind me to {task}",
            f"remind me to {task} {when}",
            f"remind me to buy {self._fill('item')}",
        )
        return Exchange(self._one(*forms), REMINDERS, topic="unable")

    def later(self) -> Exchange:
        """A command for another time would be done at once if its end were not heeded."""
        target, state = self._targets.switchable(), self._one("on", "off")
        command = self._one(
            f"turn {state} {target.phrase}", f"turn {target.phrase} {state}", self._fill("timedcommand")
        )
        when = self._one(f"in {self._duration()}", f"at {self._fill('clock')}", f"in {self._fill('minutes')} minutes",
                         f"for {self._duration()}", "tonight", "tomorrow morning")  # fmt: skip
        return Exchange(f"{command} {when}", LATER, topic="unable")

    def several(self) -> Exchange:
        """One call an answer."""
        first, second, area = self._targets.light(), self._targets.thing(), self._targets.area()
        other = self._targets.area(area)
        state = self._one("on", "off")
        if self._rng.random() < 0.25:
            phrase = self._one(f"turn {state} everything in the {area}", f"turn {state} everything")
            return Exchange(phrase, EVERYTHING, topic="unable")
        forms = (
            f"turn {state} {first.phrase} and {second.phrase}", f"turn {state} the {area} and {other} lights",
            f"turn {state} {second.phrase} and turn off {first.phrase}", f"turn {state} {first.phrase} and play jazz",
            f"open the blinds and turn {state} {first.phrase}",
        )  # fmt: skip
        return Exchange(self._one(*forms), ONE, topic="unable")
