"""The templates of the PyPI package home-assistant-intents, with lists filled by what fits the domain of each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from importlib import resources

from nano.corpus.fillers import Fillers
from nano.corpus.template import Sampler

# Rules whose alternatives are legal to a parser, but hardly ever said, are narrowed to what is.
NARROWED = {
    "turn": "(turn|turn|switch)",
    "in": "(in|in|in|on)",
    "the": "(the|the|the|my)",
    "light": "(light|lights|lights|lamp)",
    "all": "(all|all of|all the|all of the)",
    "is": "(is|are) [the]",
    "set": "(set|set|change)",
    "numeric_value_set": "(set|set|change|turn|increase|decrease)",
    "what_is": "(what's|what is|tell me)",
    "where_is": "(where's|where is)",
    "how_is": "(how is|how's)",
    "everywhere": "(everywhere|in the whole house|in every room)",
    "here": "(here|in here|in this room)",
    "timer_set": "(start|set|create)",
    "media": "(music|movie|TV|show|song|track)",
}
_LISTS = {
    "temperature": "degrees",
    "position": "number",
    "fan_speed": "number",
    "brightness": "number",
    "color_temperature": "kelvin",
    "volume": "number",
    "volume_step_up": "number",
    "volume_step_down": "number",
    "timer_seconds": "seconds",
    "timer_minutes": "minutes",
    "timer_hours": "hours",
    "timer_name": "timer",
    "timer_command": "timedcommand",
    "shopping_list_item": "item",
    "todo_list_item": "task",
    "search_query": "artist",
    "message": "message",
    "zone": "zone",
    "color": "color",
    "fan_mode": "fanmode",
    "area": "area",
    "floor": "floor",
    "timer_half": "halfhour",
}
_DOMAINS = {
    "light": "light", "cover": "cover", "valve": "cover", "climate": "climate", "media_player": "player", "fan": "fan",
    "vacuum": "vacuum", "lock": "lock", "scene": "scene", "script": "scene", "person": "person", "todo": "list",
    "switch": "switch", "sensor": "sensor", "binary_sensor": "opening", "lawn_mower": "vacuum", "weather": "city",
}  # fmt: skip


class IntentSentences:
    """Endless raw sentences (lower case, no punctuation) of the English intents."""

    def __init__(self, rng: random.Random) -> None:
        path = resources.files("home_assistant_intents") / "data" / "en.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        self._rng = rng
        self._fillers = Fillers(rng)
        self._values = {
            name: [value["in"] if isinstance(value, dict) else value for value in entry["values"]]
            for name, entry in data["lists"].items()
            if "values" in entry
        }
        self._name_list = "switch"
        self._sampler = Sampler({**data["expansion_rules"], **NARROWED}, self._fill, rng, keep=0.45)
        self._blocks = {
            intent: [block for block in entry["data"] if block["sentences"]]
            for intent, entry in data["intents"].items()
        }

    def _fill(self, name: str) -> str:
        if name == "name":
            return self._fillers(self._name_list)
        if name == "timer_half":
            return "half"
        if name in _LISTS:
            return self._fillers(_LISTS[name])
        return self._sampler.sample(self._rng.choice(self._values[name]))

    def __iter__(self) -> Iterator[str]:
        intents = sorted(self._blocks)
        while True:
            block = self._rng.choice(self._blocks[self._rng.choice(intents)])
            domains = (
                block.get("requires_context", {}).get("domain") or block.get("slots", {}).get("domain") or []
            )
            if isinstance(domains, str):
                domains = [domains]
            known = [_DOMAINS[domain] for domain in domains if domain in _DOMAINS]
            self._name_list = self._rng.choice(known or ["switch", "light", "fan"])
            yield self._sampler.sample(self._rng.choice(block["sentences"]))
