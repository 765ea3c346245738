"""Home Assistant's built-in intents that a spoken command can mean: their names, slots and conditions.

Names and slots are those of the package ``home-assistant-intents`` (see :data:`VERSION`;
``script/check-intents`` compares them). Left out are intents that answer what the model itself can say (date,
time, ``HassRespond``), and slots of timers that tell the device by which one was set.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wyoming_lfm2.intents import slot_values
from wyoming_lfm2.intents.slot_values import Values

VERSION = "2026.10.27"
"""Of ``home-assistant-intents``: what Home Assistant 2026.11 has."""


class Need(Enum):
    """What an intent requires of the Home Assistant that asks; without it, a call of the intent is refused."""

    NOTHING = "nothing"
    """Nothing: every Home Assistant carries it out."""
    STATES = "states"
    """It has to render the answer as a template, since only Home Assistant knows the state that is asked for."""
    DEVICE = "device"
    """It has to say which device was spoken to, since a timer rings there."""
    NEW = "new"
    """It has to be a release that knows the intent: 2026.11; 2026.2 does not."""


@dataclass(frozen=True)
class Slot:
    """A value that an intent takes."""

    name: str
    values: Values
    required: bool = False


@dataclass(frozen=True)
class IntentKind:
    """One of the intents."""

    name: str
    description: str
    slots: tuple[Slot, ...]
    """In the order in which a tool list names them; a call may have any other."""
    one_of: tuple[str, ...] = ()
    """Slots of which it needs at least one; empty: none."""
    need: Need = Need.NOTHING
    """What it requires of Home Assistant."""


_NAME = Slot("name", slot_values.NAME)
_AREA = Slot("area", slot_values.AREA)
_FLOOR = Slot("floor", slot_values.TEXT)
_DOMAIN = Slot("domain", slot_values.DOMAIN)
_CLASS = Slot("device_class", slot_values.DEVICE_CLASS)
_PLACE = (_NAME, _AREA, _FLOOR)
_DEVICES = (*_PLACE, _DOMAIN, _CLASS)
_ANY_DEVICE = ("name", "area", "floor", "domain", "device_class")
_ITEM = Slot("item", slot_values.TEXT, required=True)
_LIST = Slot("name", slot_values.TEXT, required=True)
_ENTRY = (_LIST, _ITEM)
_TIMER = Slot("name", slot_values.TEXT)
_DURATION = tuple(Slot(name, slot_values.COUNT) for name in ("hours", "minutes", "seconds"))
_STARTED = tuple(Slot(name, slot_values.COUNT) for name in ("start_hours", "start_minutes", "start_seconds"))
_LENGTH = ("hours", "minutes", "seconds")

INTENTS: dict[str, IntentKind] = {
    kind.name: kind
    for kind in (
        IntentKind("HassTurnOn", "Turns on, opens, locks or activates", _DEVICES, _ANY_DEVICE),
        IntentKind("HassTurnOff", "Turns off, closes or unlocks", _DEVICES, _ANY_DEVICE),
        IntentKind(
            "HassLightSet",
            "Sets brightness, color or color temperature of lights",
            (
                *(*_PLACE, _DOMAIN),
                Slot("brightness", slot_values.PERCENT),
                Slot("color", slot_values.COLOR),
                Slot("temperature", slot_values.KELVIN),
            ),
            ("brightness", "color", "temperature"),
        ),
        IntentKind(
            "HassSetPosition",
            "Sets the position of a cover or valve",
            (*_DEVICES, Slot("position", slot_values.PERCENT, required=True)),
        ),
        IntentKind(
            "HassClimateSetTemperature",
            "Sets the desired indoor temperature",
            (*_PLACE, Slot("temperature", slot_values.DEGREES, required=True)),
        ),
        IntentKind(
            "HassClimateSetFanMode",
            "Sets the fan mode of a climate device",
            (*_PLACE, Slot("fan_mode", slot_values.TEXT, required=True)),
            need=Need.NEW,
        ),
        IntentKind(
            "HassFanSetSpeed",
            "Sets the speed of a fan",
            (*_PLACE, Slot("percentage", slot_values.PERCENT, required=True)),
        ),
        IntentKind("HassShoppingListAddItem", "Adds an item to the shopping list", (_ITEM,)),
        IntentKind("HassShoppingListCompleteItem", "Checks an item off the shopping list", (_ITEM,)),
        IntentKind("HassListAddItem", "Adds an item to a todo list", _ENTRY),
        IntentKind("HassListCompleteItem", "Checks an item off a todo list", _ENTRY),
        IntentKind("HassListRemoveItem", "Removes an item from a todo list", _ENTRY, need=Need.NEW),
        IntentKind("HassMediaPause", "Pauses a media player", (_NAME, _AREA)),
        IntentKind("HassMediaUnpause", "Resumes a media player", (_NAME, _AREA)),
        IntentKind("HassMediaNext", "Skips to the next track", (_NAME, _AREA)),
        IntentKind("HassMediaPrevious", "Goes back to the previous track", (_NAME, _AREA)),
        IntentKind("HassMediaPlayerMute", "Mutes a media player", (_NAME, _AREA)),
        IntentKind("HassMediaPlayerUnmute", "Unmutes a media player", (_NAME, _AREA)),
        IntentKind(
            "HassSetVolume",
            "Sets the volume of a media player",
            (_NAME, _AREA, Slot("volume_level", slot_values.PERCENT, required=True)),
        ),
        IntentKind(
            "HassSetVolumeRelative",
            "Makes a media player louder or quieter",
            (*_PLACE, Slot("volume_step", slot_values.STEP, required=True)),
        ),
        IntentKind(
            "HassMediaSearchAndPlay",
            "Searches for media and plays it",
            (
                *(_NAME, _AREA),
                Slot("search_query", slot_values.TEXT, required=True),
                Slot("media_class", slot_values.MEDIA_CLASS),
            ),
        ),
        IntentKind("HassVacuumStart", "Starts a vacuum", _PLACE),
        IntentKind("HassVacuumReturnToBase", "Sends a vacuum to its base", (_NAME, _AREA)),
        IntentKind(
            "HassVacuumCleanArea",
            "Sends a vacuum to clean an area",
            (_NAME, Slot("area", slot_values.AREA, required=True)),
            need=Need.NEW,
        ),
        IntentKind("HassLawnMowerStartMowing", "Starts a lawn mower", (_NAME,)),
        IntentKind("HassLawnMowerDock", "Sends a lawn mower to its dock", (_NAME,)),
        IntentKind(
            "HassBroadcast",
            "Announces a message in the home",
            (Slot("message", slot_values.TEXT, required=True),),
        ),
        IntentKind("HassNevermind", "Cancels the request and does nothing", ()),
        IntentKind(
            "HassGetState",
            "Looks up the state of devices",
            (*_DEVICES, Slot("state", slot_values.STATE)),
            _ANY_DEVICE,
            Need.STATES,
        ),
        IntentKind("HassClimateGetTemperature", "Looks up the indoor temperature", _PLACE, need=Need.STATES),
        IntentKind("HassGetWeather", "Looks up the weather", (_NAME,), need=Need.STATES),
        IntentKind("HassStartTimer", "Starts a timer", (*_DURATION, _TIMER), _LENGTH, Need.DEVICE),
        IntentKind("HassCancelTimer", "Cancels a timer", (*_STARTED, _TIMER), need=Need.DEVICE),
        IntentKind("HassCancelAllTimers", "Cancels all timers", (), need=Need.DEVICE),
        IntentKind("HassIncreaseTimer", "Adds time to a timer", (*_DURATION, _TIMER), _LENGTH, Need.DEVICE),
        IntentKind(
            "HassDecreaseTimer", "Takes time from a timer", (*_DURATION, _TIMER), _LENGTH, Need.DEVICE
        ),
        IntentKind("HassPauseTimer", "Pauses a timer", (*_STARTED, _TIMER), need=Need.DEVICE),
        IntentKind("HassUnpauseTimer", "Resumes a timer", (*_STARTED, _TIMER), need=Need.DEVICE),
        IntentKind(
            "HassTimerStatus", "Says how long a timer has left", (*_STARTED, _TIMER), need=Need.DEVICE
        ),
    )
}
"""By name."""
