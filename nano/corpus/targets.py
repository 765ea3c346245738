"""Lights, rooms and things as commands name them, and the slots by which Home Assistant finds them.

Fixed rules, since the same words must always mean the same: one light of a room is a name (``the kitchen light``:
``name="kitchen light"``), its lights are the room's (``the kitchen lights``, ``the light in the kitchen``:
``area="kitchen", domain="light"``), and so for fans and for covers, of which several are a device class. Anything
else is a name; a room after ``in the`` is the room of that name.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

from nano.corpus import words
from nano.corpus.exchange import Target

CLASSES = {
    "blinds": "blind", "curtains": "curtain", "shutters": "shutter", "shades": "shade", "windows": "window",
    "awnings": "awning", "gates": "gate", "roller blinds": "blind",
}  # fmt: skip
SINGLE_COVERS = tuple(cover for cover in words.COVERS if cover not in CLASSES)
# "garden lights" are those of the garden.
_OF_ROOMS = {"light", "lights", *(f"{area} lights" for area in words.AREAS)}
LAMPS = tuple(light for light in words.LIGHTS if light not in _OF_ROOMS)
FANS = tuple(fan for fan in words.FANS if fan != "fan")
_FLOORS = (
    "upstairs",
    "downstairs",
    "first floor",
    "second floor",
    "ground floor",
    "top floor",
    "third floor",
)
_ALL_LIGHTS = ("all the lights", "all lights", "every light", "all of the lights")
_SYLLABLES = "ba bo da di el fa go ha ir jo ka ki lo lu ma mi na no or pa ra ri sa so ta to ul va vi wi xa yo za zu".split()


class Targets:
    """Draws targets, every name about as often as any other."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._times: Counter[str] = Counter()

    def one(self, values: Sequence[str], slope: float = 0.25) -> str:
        """A value; the first ones somewhat more often, and none much less often than the others."""
        drawn = self.rng.choices(values, [(rank + 1) ** -slope for rank in range(len(values))], k=3)
        value = min(drawn, key=lambda value: self._times[value])
        self._times[value] += 1
        return value

    def area(self, but: str = "") -> str:
        """A room other than `but`."""
        while (area := self.one(words.AREAS)) == but:
            pass
        return area

    def floor(self) -> str:
        """A floor of the house."""
        return self.one(_FLOORS)

    def _article(self) -> str:
        return self.rng.choices(("the ", "my ", ""), (80, 5, 15))[0]

    def _named(self, name: str, kind: str, area: str = "", **slots: str) -> Target:
        bare = name.endswith("mode") or "'s " in name
        said = name if bare else f"the {name}"
        phrase = name if bare else self._article() + name
        return Target(phrase, said, {"name": name, **slots}, kind, area)

    def _placed(self, name: str, kind: str, **slots: str) -> Target:
        area = self.area()
        phrase = f"{self._article()}{name} in the {area}"
        return Target(phrase, f"the {name} in the {area}", {"name": name, "area": area, **slots}, kind, area)

    def _invented(self) -> str:
        return "".join(self.rng.choices(_SYLLABLES, k=self.rng.randint(2, 3)))

    def of_room(self, plural: str, area: str, slots: dict[str, str], kind: str) -> Target:
        """All `plural` of a room."""
        the = self._article()
        phrases = (
            f"{the}{area} {plural}", f"{the}{area} {plural}", f"{the}{plural} in the {area}",
            f"all the {plural} in the {area}", f"all {plural} in the {area}",
        )  # fmt: skip
        if kind == "light":
            phrases += (f"{the or 'the '}light in the {area}",)
        elif kind == "fan":
            phrases += (f"{the or 'the '}fan in the {area}",)
        return Target(self.rng.choice(phrases), f"the {area} {plural}", {"area": area, **slots}, kind, area)

    def of_floor(self, plural: str, slots: dict[str, str], kind: str) -> Target:
        """All `plural` of a floor."""
        floor = self.floor()
        if floor.endswith("stairs"):
            phrases = (f"the {plural} {floor}", f"the {floor} {plural}", f"all the {plural} {floor}")
        else:
            phrases = (
                f"the {plural} on the {floor}",
                f"the {floor} {plural}",
                f"all {plural} on the {floor}",
            )
        return Target(self.rng.choice(phrases), f"the {floor} {plural}", {"floor": floor, **slots}, kind)

    def light(self) -> Target:
        """A light or lights."""
        room, lamp = self.area(), self.one(LAMPS)
        owned = (
            f"{self.one(words.PEOPLE)}'s {self.rng.choice(('light', 'lamp', 'reading light', 'night light'))}"
        )
        lights = {"domain": "light"}
        kinds: dict[Callable[[], Target], int] = {
            lambda: self._named(f"{room} light", "light", room): 25,
            lambda: self.of_room("lights", room, lights, "light"): 25,
            lambda: self.of_floor("lights", lights, "light"): 6,
            lambda: Target(
                self.rng.choice(("the light", "the lights", "lights")), "the lights", lights, "light"
            ): 4,
            lambda: Target(self.rng.choice(_ALL_LIGHTS), "all lights", lights, "light"): 4,
            lambda: self._named(lamp, "light"): 14,
            lambda: self._named(f"{room} {lamp}", "light", room): 8,
            lambda: self._placed(lamp, "light"): 7,
            lambda: self._named(owned, "light"): 4,
            lambda: self._named(f"{self._invented()} {self.rng.choice(('light', 'lamp'))}", "light"): 1,
        }
        return self.rng.choices(list(kinds), list(kinds.values()))[0]()

    def fan(self) -> Target:
        """A fan or fans."""
        draw, room = self.rng.random(), self.area()
        if draw < 0.3:
            return self._named(f"{room} fan", "fan", room)
        if draw < 0.5:
            return self.of_room("fans", room, {"domain": "fan"}, "fan")
        if draw < 0.62:
            phrase = self.rng.choice(("the fan", "the fans", "all fans", "all the fans"))
            return Target(
                phrase, phrase if phrase.startswith("the") else "all fans", {"domain": "fan"}, "fan"
            )
        if draw < 0.85:
            return self._named(self.one(FANS), "fan")
        return self._named(f"{room} {self.one(FANS)}", "fan", room)

    def thing(self) -> Target:
        """Anything else that is switched on and off."""
        draw, room, name = self.rng.random(), self.area(), self.one(words.SWITCHES, 0.15)
        if draw < 0.6 or name.endswith("mode"):
            return self._named(name, "thing")
        if draw < 0.78:
            return self._named(f"{room} {name}", "thing", room)
        if draw < 0.88:
            return self._placed(name, "thing")
        if draw < 0.985:
            return self._named(f"{self.one(words.PEOPLE)}'s {name}", "thing")
        return self._named(self._invented(), "thing")

    def cover(self) -> Target:
        """A blind, curtain, door, ... or all of one kind."""
        draw, room = self.rng.random(), self.area()
        if draw < 0.45:
            plural = self.one(tuple(CLASSES))
            slots = {"domain": "cover", "device_class": CLASSES[plural]}
            if draw < 0.2:
                phrase = self.rng.choice(
                    (f"the {plural}", f"all the {plural}", f"all {plural}", f"my {plural}")
                )
                return Target(phrase, f"the {plural}", slots, "cover")
            if draw < 0.4:
                return self.of_room(plural, room, slots, "cover")
            return self.of_floor(plural, slots, "cover")
        name = self.one(SINGLE_COVERS)
        if draw < 0.75:
            return self._named(name, "cover", domain="cover")
        if draw < 0.9:
            return self._named(f"{room} {name}", "cover", room, domain="cover")
        return self._placed(name, "cover", domain="cover")

    def lock(self) -> Target:
        """A door that locks."""
        name = self.one(words.LOCKS)
        if self.rng.random() < 0.2:
            room = self.area()
            return self._named(f"{room} door", "lock", room, domain="lock")
        return self._named(name, "lock", domain="lock")

    def switchable(self) -> Target:
        """What is turned on and off, lights most often."""
        draw = self.rng.random()
        return self.light() if draw < 0.55 else self.thing() if draw < 0.85 else self.fan()

    def climate(self) -> Target:
        """A thermostat or the like."""
        name = self.one(words.CLIMATES)
        if self.rng.random() < 0.5:
            room = self.area()
            return self._named(f"{room} {name}", "climate", room)
        return self._named(name, "climate")

    def player(self) -> Target:
        """What plays music or films."""
        name = self.one(words.PLAYERS)
        if self.rng.random() < 0.4 and "room" not in name and "kitchen" not in name:
            room = self.area()
            return self._named(f"{room} {name}", "player", room)
        return self._named(name, "player")

    def vacuum(self) -> Target:
        """What cleans by itself."""
        name = self.one(words.VACUUMS)
        return (
            Target(name, name, {"name": name}, "vacuum") if name == "Rosie" else self._named(name, "vacuum")
        )
