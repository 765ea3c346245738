"""Commands in the words of the package home-assistant-intents, whose templates have the slots beside the sentence.

Where they leave a choice, our rules hold (see ``targets``): one light of a room is a name, a door that locks and
a cover that has a name get their domain. Left out are templates that need the room of whoever speaks, that are a mere
name, and that would be read in another way by those rules.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from importlib import resources

from nano.corpus import words
from nano.corpus.deeds import (  # fmt: skip
    COLORS,
    WHITES,
    activated,
    added,
    blown,
    brightened,
    colored,
    heated,
    media_done,
    moved,
    positioned,
    switched,
    volume_set,
    volume_turned,
)
from nano.corpus.errands import Errands
from nano.corpus.exchange import Call, Exchange, Target, Value
from nano.corpus.intents import NARROWED
from nano.corpus.questions import UNSEEN, measured
from nano.corpus.targets import CLASSES, FANS, LAMPS, SINGLE_COVERS, Targets
from nano.corpus.template import Sampler
from nano.corpus.writing import is_natural

_RULES = {
    **NARROWED,
    "light": "(lights|lights|lights|lighting)",
    "here": "",
    "close": "(close|close|shut|lower|close up)",
    "open": "(open|open|raise|lift|open up)",
    "in": "(in|in|in|on|of)",
    "what_is": "(what's|what is|tell me)",
}
_TAKEN = {
    "HassTurnOn": "area_domain area_device_class_cover domain_only floor_domain device_class_cover name_only name_area name_scene",
    "HassTurnOff": "area_domain area_device_class_cover domain_only domain_all floor_domain device_class_cover name_only name_area",
    "HassLightSet": "area_brightness area_color area_temperature brightness_only color_only name_brightness name_color name_temperature",
    "HassSetPosition": "area_device_class device_class name_only",
    "HassFanSetSpeed": "area_only default name_only",
    "HassClimateSetTemperature": "area_temperature name_temperature temperature_only",
    "HassClimateGetTemperature": "area_only default",
    "HassGetState": "name_state",
    "HassSetVolume": "area_only default name_only",
    "HassSetVolumeRelative": "area_only default name_only",
    "HassMediaPause": "area_only default name_only",
    "HassMediaUnpause": "area_only default name_only",
    "HassMediaNext": "area_only default name_only",
    "HassMediaPrevious": "area_only default name_only",
    "HassShoppingListAddItem": "item_only",
}
_AMBIGUOUS = re.compile(
    r"\{area\}\]? ?(\[<the>\] )?\{name\}|\{name\} <light>|^\[<the>\] \{name\}( on)?$|^\[activate\]|<turn> \(\[<the>\] \{name\}"
)
_NAMES = {
    "light": LAMPS, "switch": words.SWITCHES, "fan": FANS, "cover": SINGLE_COVERS, "lock": words.LOCKS,
    "climate": words.CLIMATES, "scene": words.SCENES,
    "media_player": tuple(player for player in words.PLAYERS if not re.search("room|kitchen", player)),
}  # fmt: skip
_SLOTS = {
    "brightness_level": "brightness", "color_temperature": "temperature", "color_temperature_names": "temperature",
    "fan_speed": "percentage", "volume": "volume_level", "volume_step_up": "volume_step",
    "volume_step_down": "volume_step", "shopping_list_item": "item", "cover_classes": "device_class",
    "on_off_states": "state", "cover_states": "state", "lock_states": "state",
}  # fmt: skip
"""Lists whose slot has another name."""


class PackageExchanges:
    """Draws commands of the package."""

    def __init__(self, targets: Targets, errands: Errands) -> None:
        path = resources.files("home_assistant_intents") / "data" / "en.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        self._targets, self._errands = targets, errands
        self._rng: random.Random = targets.rng
        self._sampler = Sampler({**data["expansion_rules"], **_RULES}, self._fill, self._rng, keep=0.45)
        self._slots: dict[str, Value] = {}
        self._said: dict[str, str] = {}
        self._domain = ""
        self._blocks = []
        for intent, combinations in _TAKEN.items():
            for block in data["intents"][intent]["data"]:
                # One fan of a room is a name.
                sentences = [
                    text.replace("fan[s]", "fans") if "{area}" in text else text
                    for text in block["sentences"]
                    if not _AMBIGUOUS.search(text)
                ]
                domains = block.get("requires_context", {}).get("domain", [])
                known = [domain for domain in domains if domain in _NAMES]
                if (
                    block["metadata"]["slot_combination"] in combinations.split()
                    and sentences
                    and (known or not domains)
                ):
                    self._blocks.append((intent, block.get("slots", {}), known, sentences))

    def _fill(self, name: str) -> str:
        one, rng = self._targets.one, self._rng
        slot = _SLOTS.get(name, name)
        drawn: dict[str, Callable[[], tuple[str, Value]]] = {
            "area": lambda: (area := self._targets.area(), area),
            "floor": lambda: (floor := self._targets.floor(), floor),
            "name": lambda: (thing := one(_NAMES[self._domain]), thing),
            "color": lambda: (color := one(COLORS), color),
            "color_temperature_names": lambda: (white := one(tuple(WHITES)), WHITES[white]),
            "color_temperature": lambda: (kelvin := rng.randrange(2000, 6600, 100), kelvin),
            "brightness_level": lambda: rng.choice(
                (("maximum", 100), ("max", 100), ("minimum", 1), ("min", 1))
            ),
            "temperature": lambda: (
                degrees := rng.choice((rng.randint(15, 28), rng.randint(60, 80))),
                degrees,
            ),
            "cover_classes": lambda: (plural := one(tuple(CLASSES)), CLASSES[plural]),
            "volume_step": lambda: rng.choice((("up", "up"), ("down", "down"))),
            "volume_step_down": lambda: (step := rng.randint(1, 50), -step),
            "volume_step_up": lambda: (step := rng.randint(1, 50), step),
            "shopping_list_item": lambda: (item := self._errands.item(), item),
            "on_off_states": lambda: rng.choice((("on", "on"), ("off", "off"))),
            "cover_states": lambda: rng.choice((("open", "open"), ("closed", "closed"))),
            "lock_states": lambda: rng.choice((("locked", "locked"), ("unlocked", "unlocked"))),
        }
        said, value = drawn.get(name, lambda: (percent := rng.randint(1, 100), percent))()
        self._slots[slot] = value
        self._said[slot] = str(said)
        return str(said)

    def exchange(self) -> Exchange:
        """A command that people may say."""
        while True:
            intent, fixed, domains, sentences = self._rng.choice(self._blocks)
            self._slots, self._said = dict(fixed), {}
            self._domain = self._rng.choice(domains) if domains else ""
            if self._domain in ("cover", "lock", "scene"):
                self._slots["domain"] = self._domain
            if intent == "HassFanSetSpeed":
                self._slots["domain"] = "fan"
            phrase = self._sampler.sample(self._rng.choice(sentences))
            # "Stop" alone is never mind.
            if is_natural(phrase) and phrase != "stop":
                return self._made(intent, phrase)

    def _target(self, phrase: str) -> Target:
        slots = {
            name: v
            for name, v in self._slots.items()
            if name in ("name", "area", "floor", "domain", "device_class")
        }
        area, name = str(slots.get("area", "")), str(slots.get("name", ""))
        kind = self._domain or str(slots.get("domain", ""))
        if name:
            said = name if name.endswith("mode") or kind == "scene" else f"the {name}"
            return Target(phrase, f"{said} in the {area}" if area else said, slots, kind, area)
        plural = self._said.get("device_class", f"{kind}s")
        where = area or str(slots.get("floor", ""))
        said = f"the {where} {plural}" if where else f"the {plural}"
        if not where and kind in ("light", "fan"):
            every = re.search(r"\b(all|every|everywhere|whole)\b", phrase)
            said = f"all {kind}s" if every else "the fan" if re.search(r"\bfan\b", phrase) else f"the {kind}s"
        return Target(phrase, said, slots, kind, area)

    def _made(self, intent: str, phrase: str) -> Exchange:
        makers: dict[str, Callable[[str, str], Exchange]] = {
            "HassTurnOn": self._turned, "HassTurnOff": self._turned, "HassLightSet": lambda _, phrase: self._lit(phrase),
            "HassSetPosition": lambda _, phrase: positioned(self._target(phrase), self._number("position"), phrase),
            "HassFanSetSpeed": lambda _, phrase: blown(self._target(phrase), self._number("percentage"), phrase),
            "HassClimateSetTemperature": lambda _, phrase: self._heated(phrase),
            "HassClimateGetTemperature": lambda _, phrase: measured(str(self._slots.get("area", "")), phrase),
            "HassGetState": self._asked,
            "HassShoppingListAddItem": lambda _, phrase: added(str(self._slots["item"]), phrase),
            "HassSetVolume": lambda _, phrase: volume_set(self._where(), self._number("volume_level"), phrase),
            "HassSetVolumeRelative": lambda _, phrase: volume_turned(self._where(), self._slots["volume_step"], phrase),
        }  # fmt: skip
        return makers.get(intent, self._played)(intent, phrase)

    def _number(self, slot: str) -> int:
        return int(self._slots[slot])

    def _where(self) -> dict[str, Value]:
        return {name: value for name, value in self._slots.items() if name in ("name", "area")}

    def _turned(self, intent: str, phrase: str) -> Exchange:
        target, state = self._target(phrase), "on" if intent == "HassTurnOn" else "off"
        if target.kind == "scene":
            return activated(str(self._slots["name"]), phrase)
        if target.kind in ("cover", "lock"):
            doing = {"coveron": "open", "coveroff": "close", "lockon": "lock", "lockoff": "unlock"}
            return moved(target, doing[target.kind + state], phrase)
        return switched(target, state, phrase)

    def _lit(self, phrase: str) -> Exchange:
        target = self._target(phrase)
        if "brightness" in self._slots:
            return brightened(target, self._number("brightness"), phrase)
        color = self._said.get("color") or self._said["temperature"]
        return colored(target, f"{color} kelvin" if color.isdigit() else color, phrase)

    def _heated(self, phrase: str) -> Exchange:
        target = self._target(phrase) if "name" in self._slots else None
        return heated(target, str(self._slots.get("area", "")), self._number("temperature"), phrase)

    def _asked(self, intent: str, phrase: str) -> Exchange:
        target, state = self._target(phrase), self._slots["state"]
        asked = Call(intent, {**target.slots, "state": state})
        return Exchange(phrase, "", asked, UNSEEN, "get state", target, f"is:{state}")

    def _played(self, intent: str, phrase: str) -> Exchange:
        return media_done(intent, self._where(), phrase)
