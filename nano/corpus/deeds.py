"""What is done to lights, covers, locks, fans, heating and music: the call, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping

from nano.corpus import words
from nano.corpus.exchange import Call, Exchange, Target, Value

# As the intents of Home Assistant know them, in kelvin.
WHITES = {"warm white": 2700, "cold white": 4000, "cool white": 4000, "daylight": 6500, "candle light": 1900}
COLORS = tuple(color for color in words.COLORS if color not in (*WHITES, "black", "brown"))
DIMMED = 30
"""Percent; what dimming without a number means."""


def switched(target: Target, state: str, phrase: str) -> Exchange:
    """Turn something on or off."""
    call = Call("HassTurnOn" if state == "on" else "HassTurnOff", target.slots)
    return Exchange(phrase, f"Turned {state} {target.said}.", call, "", "switch", target, state)


def moved(target: Target, state: str, phrase: str) -> Exchange:
    """Open or close a cover, lock or unlock a door."""
    call = Call("HassTurnOn" if state in ("open", "lock") else "HassTurnOff", target.slots)
    doing = {"open": "Opening", "close": "Closing", "lock": "I locked", "unlock": "I unlocked"}[state]
    topic = "lock" if "lock" in state else "cover"
    return Exchange(phrase, f"{doing} {target.said}.", call, "", topic, target, state)


def _lit(target: Target, **slots: Value) -> Call:
    return Call("HassLightSet", {**target.slots, **slots})


def brightened(target: Target, percent: int, phrase: str) -> Exchange:
    """Set the brightness of a light."""
    text = f"Set {target.said} to {percent}%."
    return Exchange(
        phrase, text, _lit(target, brightness=percent), "", "brightness", target, "brightness", percent
    )


def colored(target: Target, color: str, phrase: str) -> Exchange:
    """Set a light to a colour, to a white with a name, or to ``2700 kelvin``."""
    kelvin = int(color.partition(" ")[0]) if color.endswith(" kelvin") else WHITES.get(color)
    call = _lit(target, temperature=kelvin) if kelvin else _lit(target, color=color)
    return Exchange(phrase, f"Set {target.said} to {color}.", call, "", "color", target, "color", color)


def activated(scene: str, phrase: str) -> Exchange:
    """Turn on a scene."""
    target = Target(scene, scene, {"name": scene, "domain": "scene"}, "scene")
    call = Call("HassTurnOn", target.slots)
    return Exchange(phrase, f"Okay, {scene}.", call, "", "scene", target, "scene")


def positioned(target: Target, percent: int, phrase: str) -> Exchange:
    """Open a cover so far."""
    call = Call("HassSetPosition", {**target.slots, "position": percent})
    text = f"Set {target.said} to {percent}%."
    return Exchange(phrase, text, call, "", "position", target, "position", percent)


def heated(target: Target | None, area: str, degrees: float, phrase: str) -> Exchange:
    """Set a thermostat, the temperature of a room, or simply the temperature."""
    number = int(degrees) if degrees == int(degrees) else degrees
    slots: dict[str, Value] = {"temperature": number}
    said = "the temperature"
    if target:
        slots, said = {**target.slots, **slots}, target.said
    elif area:
        slots, said = {"area": area, **slots}, f"the {area} temperature"
    text = f"Set {said} to {number} degrees."
    call = Call("HassClimateSetTemperature", slots)
    return Exchange(phrase, text, call, "", "temperature", target, f"temperature:{area}", number)


def blown(target: Target, percent: int, phrase: str) -> Exchange:
    """Set the speed of a fan."""
    # The intent takes no domain: it is about fans.
    slots: dict[str, Value] = {name: value for name, value in target.slots.items() if name != "domain"}
    call = Call("HassFanSetSpeed", {**slots, "percentage": percent})
    text = f"Set {target.said} to {percent}%."
    return Exchange(phrase, text, call, "", "fan speed", target, "percentage", percent)


_MEDIA = {
    "HassMediaPause": "Okay, pause.", "HassMediaUnpause": "Okay, play.", "HassMediaNext": "Okay, next.",
    "HassMediaPrevious": "Okay, previous.", "HassMediaPlayerMute": "Mute on.", "HassMediaPlayerUnmute": "Mute off.",
}  # fmt: skip


def media_done(intent: str, where: Mapping[str, Value], phrase: str) -> Exchange:
    """Pause, resume, skip or mute. `where`: slots, empty for what is playing."""
    topic = "volume" if "ute" in intent else "media"
    call = Call(intent, where)
    return Exchange(phrase, _MEDIA[intent], call, "", topic, None, topic, known=not where)


def volume_set(where: Mapping[str, Value], percent: int, phrase: str) -> Exchange:
    """Set a volume."""
    call = Call("HassSetVolume", {**where, "volume_level": percent})
    return Exchange(phrase, f"Set the volume to {percent}%.", call, "", "volume", None, "volume")


def volume_turned(where: Mapping[str, Value], step: Value, phrase: str) -> Exchange:
    """Louder or quieter: `step` is ``up``, ``down`` or percent."""
    up = step == "up" or (isinstance(step, int) and step > 0)
    call = Call("HassSetVolumeRelative", {**where, "volume_step": step})
    text = f"Volume {'up' if up else 'down'}."
    return Exchange(
        phrase, text, call, "", "volume", None, "volume", known=step in ("up", "down") and not where
    )


def played(what: str, where: Mapping[str, Value], phrase: str) -> Exchange:
    """Search for something and play it."""
    place = f" in the {where['area']}" if "area" in where else ""
    call = Call("HassMediaSearchAndPlay", {**where, "search_query": what})
    return Exchange(phrase, f"Okay, playing {what}{place}.", call, "", "play", None, "play", what)


def added(item: str, phrase: str) -> Exchange:
    """Put something on the shopping list."""
    call = Call("HassShoppingListAddItem", {"item": item})
    return Exchange(phrase, f"Added {item}.", call, "", "list", None, "item", item)
