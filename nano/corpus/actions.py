"""Commands to lights, covers, locks, fans and thermostats."""

from __future__ import annotations

from nano.corpus import words
from nano.corpus.deeds import (  # fmt: skip
    COLORS,
    DIMMED,
    WHITES,
    activated,
    blown,
    brightened,
    colored,
    heated,
    moved,
    positioned,
    switched,
)
from nano.corpus.exchange import Exchange, Target
from nano.corpus.targets import Targets


class Actions:
    """Draws commands."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._rng = targets.rng
        self.kinds = {
            self.switch: 34, self.brightness: 10, self.color: 8, self.cover: 10, self.position: 4, self.lock: 5,
            self.temperature: 10, self.fan_speed: 3, self.scene: 5,
        }  # fmt: skip

    def percent(self) -> int:
        """0 to 100, round ones more often."""
        if self._rng.random() < 0.5:
            return self._rng.choice((10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 100))
        return self._rng.randint(1, 100)

    def degrees(self) -> float:
        """What a room is heated to, in Celsius or Fahrenheit."""
        if self._rng.random() < 0.08:
            return self._rng.randint(16, 25) + 0.5
        low, high = self._rng.choice(((15, 28), (15, 28), (60, 80), (5, 35)))
        return self._rng.randint(low, high)

    def switch(self) -> Exchange:
        """On or off."""
        target = self._targets.switchable()
        state, t = self._rng.choice(("on", "off")), target.phrase
        forms = [f"turn {state} {t}"] * 5 + [f"turn {t} {state}"] * 3
        forms += [f"switch {state} {t}"] * 2 + [f"switch {t} {state}"]
        if target.kind == "light" and "all" not in t:
            forms += [f"{t.removeprefix('the ').removeprefix('my ')} {state}"]
        return switched(target, state, self._rng.choice(forms))

    def brightness(self) -> Exchange:
        """A brightness in percent, or what a word stands for."""
        target, percent, draw = self._targets.light(), self.percent(), self._rng.random()
        t = target.phrase
        if draw < 0.72:
            forms = (
                f"set {t} to {percent}%", f"set {t} to {percent}%", f"dim {t} to {percent}%",
                f"set the brightness of {t} to {percent}%", f"set {t} brightness to {percent}%",
                f"change the brightness of {t} to {percent}%", f"turn {t} to {percent}%",
                f"change {t} to {percent}%", f"make {t} {percent}%",
            )  # fmt: skip
            return brightened(target, percent, self._rng.choice(forms))
        if draw < 0.8:
            full = (
                f"(set {t} to maximum brightness|set {t} to full brightness|brighten {t}|make {t} brighter)"
            )
            return brightened(target, 100, self._rng.choice(full.strip("()").split("|")))
        if draw < 0.86:
            return brightened(target, 1, f"set {t} to minimum brightness")
        if draw < 0.95:
            return brightened(target, DIMMED, self._rng.choice((f"dim {t}", f"make {t} dimmer")))
        area = self._targets.area()
        room = Target("", f"the {area} lights", {"area": area, "domain": "light"}, "light", area)
        forms = (f"make it brighter in the {area}", f"it's too dark in the {area}")
        return brightened(room, 100, self._rng.choice(forms))

    def color(self) -> Exchange:
        """A colour, a white or a number of kelvin."""
        target = self._targets.light()
        t = target.phrase
        if self._rng.random() < 0.1:
            kelvin = self._rng.choice((2000, 2200, 2500, 2700, 3000, 3500, 4000, 4500, 5000, 6000, 6500))
            forms = (f"set {t} to {kelvin} kelvin", f"change the color temperature of {t} to {kelvin} kelvin")
            return colored(target, f"{kelvin} kelvin", self._rng.choice(forms))
        color = self._targets.one((*COLORS, *WHITES), 0.2)
        forms = (
            f"set {t} to {color}", f"make {t} {color}", f"turn {t} {color}", f"change {t} to {color}",
            f"set the color of {t} to {color}", f"change the color of {t} to {color}",
        )  # fmt: skip
        return colored(target, color, self._rng.choice(forms))

    def cover(self) -> Exchange:
        """Open or close."""
        target, state = self._targets.cover(), self._rng.choice(("open", "close"))
        verbs = (
            ("open", "open", "open", "raise")
            if state == "open"
            else ("close", "close", "close", "shut", "lower")
        )
        return moved(target, state, f"{self._rng.choice(verbs)} {target.phrase}")

    def position(self) -> Exchange:
        """How far it is open."""
        target, percent = self._targets.cover(), self.percent()
        t = target.phrase
        if self._rng.random() < 0.25:
            return positioned(target, 50, self._rng.choice((f"open {t} halfway", f"close {t} halfway")))
        return positioned(
            target, percent, self._rng.choice((f"set {t} to {percent}%", f"open {t} to {percent}%"))
        )

    def lock(self) -> Exchange:
        """Lock or unlock."""
        target, state = self._targets.lock(), self._rng.choice(("lock", "unlock"))
        return moved(target, state, f"{state} {target.phrase}")

    def temperature(self) -> Exchange:
        """A temperature, of everywhere, a room or a thermostat."""
        rng, draw, degrees = self._rng, self._rng.random(), self.degrees()
        to = f"to {degrees} degrees" if rng.random() < 0.85 else f"to {degrees}"
        if draw < 0.25:
            forms = (
                f"set the temperature {to}",
                f"change the temperature {to}",
                f"make it {degrees} degrees",
            )
            return heated(None, "", degrees, rng.choice(forms))
        if draw < 0.65:
            area = self._targets.area()
            forms = (
                f"set the {area} temperature {to}", f"set the temperature in the {area} {to}", f"heat the {area} {to}",
                f"change the {area} temperature {to}", f"set the {area} to {degrees} degrees",
            )  # fmt: skip
            return heated(None, area, degrees, rng.choice(forms))
        target = self._targets.climate()
        return heated(
            target, "", degrees, f"{rng.choice(('set', 'set', 'change', 'turn'))} {target.phrase} {to}"
        )

    def fan_speed(self) -> Exchange:
        """A fan's speed in percent."""
        target, percent = self._targets.fan(), self.percent()
        t = target.phrase
        forms = (
            f"set {t} to {percent}%",
            f"set {t} speed to {percent}%",
            f"set the speed of {t} to {percent}%",
        )
        return blown(target, percent, self._rng.choice(forms))

    def scene(self) -> Exchange:
        """A scene by its name."""
        scene = self._targets.one(words.SCENES)
        forms = (
            f"activate {scene}", f"activate the {scene} scene", f"start the {scene} scene", f"turn on the {scene} scene",
            f"activate {scene} scene", f"set the {scene} scene", f"{scene} scene",
        )  # fmt: skip
        return activated(scene, self._rng.choice(forms))
