"""The values that a slot of an intent may have, and how they are written in a call."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | float
"""Of a slot, as Home Assistant gets it."""

LONGEST_TEXT = 80
"""Characters of a text in a slot."""


@dataclass(frozen=True)
class Number:
    """A number, written bare."""

    name: str
    """Of its rule in the grammar."""
    grammar: str
    """GBNF of how it is written."""
    least: float
    most: float
    words: tuple[str, ...] = ()
    """What may stand in its place, in quotes."""
    whole: bool = True

    def allows(self, value: Value) -> bool:
        """Whether the slot may have this value."""
        if isinstance(value, str):
            return value in self.words
        return self.least <= value <= self.most and (isinstance(value, int) or not self.whole)


@dataclass(frozen=True)
class Text:
    """A text, written in quotes."""

    name: str
    """Of its rule in the grammar."""
    words: tuple[str, ...] = ()
    """All that it may be; empty: anything."""

    def allows(self, value: Value) -> bool:
        """Whether the slot may have this value."""
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
            return False
        return not self.words or value in self.words


NAME = Text("name")
"""A device or an entity; the settings may say which there are."""
AREA = Text("area")
"""A room; the settings may say which there are."""
TEXT = Text("text")
"""Any other text."""

DOMAIN = Text(
    "domain",
    (
        *("automation", "binary_sensor", "button", "climate", "cover", "fan", "humidifier", "input_boolean"),
        *("lawn_mower", "light", "lock", "media_player", "person", "remote", "scene", "script", "sensor"),
        *("siren", "switch", "todo", "vacuum", "valve", "water_heater", "weather"),
    ),
)
"""Kinds of entities of Home Assistant that one talks about."""
DEVICE_CLASS = Text(
    "deviceclass",
    (
        *("awning", "battery", "blind", "carbon_monoxide", "cold", "connectivity", "curtain", "damper"),
        *("door", "garage", "garage_door", "gas", "gate", "heat", "humidity", "illuminance", "light", "lock"),
        *("moisture", "motion", "moving", "occupancy", "opening", "outlet", "plug", "power", "presence"),
        *("problem", "receiver", "running", "safety", "shade", "shutter", "smoke", "sound", "speaker"),
        *("switch", "tamper", "temperature", "tv", "update", "vibration", "water", "window"),
    ),
)
"""Of covers, valves, switches and media players, and of sensors that are asked for."""
STATE = Text(
    "state",
    (
        *("on", "off", "open", "opening", "closed", "closing", "locked", "unlocked", "jammed", "home"),
        *("not_home", "playing", "paused", "idle", "standby", "cleaning", "docked", "returning", "error"),
        *("mowing", "heat", "cool", "auto", "unavailable"),
    ),
)
"""As Home Assistant calls them inside, whatever the language."""
COLOR = Text(
    "color",
    (
        *("white", "black", "red", "orange", "yellow", "green", "blue", "purple", "brown", "pink"),
        *("turquoise", "teal", "violet", "magenta", "cyan", "gold", "lavender", "lime", "indigo"),
    ),
)
"""Names of CSS colours, which Home Assistant knows all."""
MEDIA_CLASS = Text(
    "mediaclass",
    (
        *("album", "app", "artist", "channel", "composer", "contributing_artist", "directory", "episode"),
        *("game", "genre", "image", "movie", "music", "playlist", "podcast", "season", "track", "tv_show"),
        *("url", "video"),
    ),
)

_PERCENT = '"100" | [1-9]? [0-9]'
PERCENT = Number("percent", _PERCENT, 0, 100)
STEP = Number("step", f'"-"? ({_PERCENT})', -100, 100, words=("up", "down"))
KELVIN = Number("kelvin", '"10000" | [1-9] [0-9]{3}', 1000, 10_000)
DEGREES = Number("degrees", '"-"? [0-9]{1,3} ("." [0-9])?', -999.9, 999.9, whole=False)
COUNT = Number("count", "[1-9] [0-9]{0,3}", 1, 9999)
"""Hours, minutes or seconds."""

Values = Number | Text
KINDS: tuple[Values, ...] = (
    *(NAME, AREA, TEXT, DOMAIN, DEVICE_CLASS, STATE, COLOR, MEDIA_CLASS),
    *(PERCENT, STEP, KELVIN, DEGREES, COUNT),
)
