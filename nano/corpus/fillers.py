"""Draws a value for a list name of a template: names by rank, numbers so that each of 0 to 100 is heard."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from nano.corpus import words

_ROUND_PERCENT = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 100)
_ROUND_TIMES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 90)


class Fillers:
    """Callable for ``template.Sampler``; raises KeyError for a list that it does not know."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lists: dict[str, Callable[[], str]] = {
            "area": self._ranked(words.AREAS),
            "floor": self._ranked(words.FLOORS),
            "floorwhere": self._ranked(("upstairs", "downstairs", "outside")),
            "person": self._ranked(words.PEOPLE, 0.5),
            "name": self._ranked(words.PEOPLE, 0.5),
            "light": self._ranked(words.LIGHTS),
            "fan": self._ranked(words.FANS),
            "switch": self._ranked(words.SWITCHES, 0.5),
            "cover": self._ranked(words.COVERS),
            "lock": self._ranked(words.LOCKS),
            "climate": self._ranked(words.CLIMATES),
            "player": self._ranked(words.PLAYERS),
            "vacuum": self._ranked(words.VACUUMS),
            "scene": self._ranked(words.SCENES, 0.5),
            "sensor": self._ranked(words.SENSORS),
            "opening": self._ranked(words.OPENINGS),
            "color": self._ranked(words.COLORS),
            "fanmode": self._ranked(words.FAN_MODES),
            "hvac": self._ranked(words.HVAC_MODES),
            "item": self._ranked(words.ITEMS, 0.4),
            "task": self._ranked(words.TASKS, 0.3),
            "list": self._ranked(words.LISTS),
            "timer": self._ranked(words.TIMERS, 0.4),
            "artist": self._ranked(words.ARTISTS, 0.2),
            "music": self._ranked(words.MUSIC, 0.5),
            "service": self._ranked(words.SERVICES),
            "city": self._ranked(words.CITIES, 0.3),
            "day": self._ranked(words.DAYS, 0.3),
            "weekday": self._ranked(words.DAYS[3:], 0.0),
            "moment": self._ranked(words.MOMENTS),
            "zone": self._ranked(words.ZONES),
            "message": self._ranked(words.MESSAGES, 0.2),
            "timedcommand": self._ranked(words.TIMED_COMMANDS, 0.4),
            "halfway": self._ranked(("halfway", "completely", "a little", "a bit")),
            "smallunit": self._ranked(
                ("seconds", "minutes", "hours", "grams", "inches", "ounces", "meters"), 0.0
            ),
            "bigunit": self._ranked(("minute", "hour", "day", "kilogram", "foot", "pound", "mile"), 0.0),
            "percent": lambda: f"{self._number(_ROUND_PERCENT, 0, 100)}%",
            "minutes": lambda: str(self._number(_ROUND_TIMES[1:], 2, 99)),
            "seconds": lambda: str(self._number((10, 15, 20, 30, 40, 45, 50, 60, 90), 2, 99)),
            "hours": lambda: str(self._number((2, 3, 4, 5, 6, 8, 12), 2, 24)),
            "degrees": self._degrees,
            "halfdegrees": lambda: f"{rng.randint(15, 25)}.5",
            "few": lambda: str(rng.randint(2, 12)),
            "number": lambda: str(rng.randint(0, 100)),
            "digit": self._ranked(words.DIGITS, 0.0),
            "month": self._ranked(words.MONTHS, 0.0),
            "ordinal": self._ranked(words.ORDINALS, 0.0),
            "kelvin": lambda: str(
                rng.choice((2000, 2200, 2500, 2700, 3000, 3500, 4000, 4500, 5000, 6000, 6500))
            ),
            "clock": self._clock,
            "oclock": lambda: f"{rng.randint(1, 12)} o'clock",
        }

    def __call__(self, name: str) -> str:
        return self._lists[name]()

    def _ranked(self, values: Sequence[str], slope: float = 0.7) -> Callable[[], str]:
        """Value number k (from 1) is drawn with a weight of k to the power of minus `slope`."""
        weights = [rank**-slope for rank in range(1, len(values) + 1)]
        return lambda: self._rng.choices(values, weights)[0]

    def _number(self, usual: Sequence[int], low: int, high: int) -> int:
        return self._rng.choice(usual) if self._rng.random() < 0.55 else self._rng.randint(low, high)

    def _degrees(self) -> str:
        low, high = self._rng.choice(((17, 25), (17, 25), (60, 80), (0, 100)))
        return str(self._rng.randint(low, high))

    def _clock(self) -> str:
        hour = self._rng.randint(1, 12)
        half = self._rng.choice((" AM", " PM", ""))
        if self._rng.random() < 0.35:
            return f"{hour}{half or self._rng.choice((' AM', ' PM'))}"
        usual = self._rng.random() < 0.6
        minute = self._rng.choice((15, 30, 45, 30, 10, 20, 40, 50)) if usual else self._rng.randint(1, 59)
        return f"{hour}:{minute:02d}{half}"
