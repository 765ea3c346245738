"""The same once more: in another room, or to another thing."""

from __future__ import annotations

from nano.corpus import words
from nano.corpus.deeds import blown, brightened, colored, moved, positioned, switched
from nano.corpus.exchange import Exchange, Target

REVERSED = {"on": "off", "off": "on", "open": "close", "close": "open", "lock": "unlock", "unlock": "lock"}
"""What is done, and what undoes it."""


def room_of(target: Target) -> str:
    """The room in a target or at the head of its name; empty if there is none.

    By its words alone: the kitchen light is the kitchen's, whatever list it was drawn from.
    """
    name = target.slots.get("name")
    if target.area or not isinstance(name, str):
        return target.area
    return max((area for area in words.AREAS if name.startswith(f"{area} ")), key=len, default="")


def moved_to(target: Target, area: str) -> Target:
    """The same thing or things in another room. Raises ValueError for what is in none."""
    if old := room_of(target):
        slots = {
            name: value.replace(old, area) if isinstance(value, str) else value
            for name, value in target.slots.items()
        }
        said = target.said.replace(old, area)
        return Target(said, said, slots, target.kind, area)
    if target.slots.get("domain") in ("light", "fan") and "name" not in target.slots:
        # From everywhere or a floor to a room.
        kind = f"the {area} {target.kind}s"
        return Target(kind, kind, {"area": area, "domain": target.kind}, target.kind, area)
    if "device_class" in target.slots:
        plural = target.said.split()[-1]
        slots = {"area": area, "domain": "cover", "device_class": target.slots["device_class"]}
        return Target("", f"the {area} {plural}", slots, target.kind, area)
    name = target.slots["name"]
    if target.kind != "lock" and isinstance(name, str) and "'s " not in name and not name.endswith("mode"):
        slots = {**target.slots, "area": area}
        return Target("", f"the {name} in the {area}", slots, target.kind, area)
    raise ValueError(f"{target.said} is in no room")


def done_again(before: Exchange, target: Target, phrase: str) -> Exchange:
    """What was done before, to `target`."""
    value = before.value
    if before.setting in ("on", "off"):
        return switched(target, before.setting, phrase)
    if before.setting in REVERSED:
        return moved(target, before.setting, phrase)
    if before.setting == "brightness":
        return brightened(target, int(value), phrase)
    if before.setting == "position":
        return positioned(target, int(value), phrase)
    if before.setting == "percentage":
        return blown(target, int(value), phrase)
    return colored(target, str(value), phrase)
