"""The intents as a list of tools, for models that are told by their system prompt what they can call.

In JSON, as LFM2's chat template wants it. Every word of it costs a token that is computed before the first
answer, so only what is often asked for is in it, and slots that few people need are not.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from wyoming_lfm2.intents import slot_values
from wyoming_lfm2.intents.definitions import INTENTS, IntentKind, Need, Slot
from wyoming_lfm2.intents.slot_values import Number, Text

_RARE_INTENTS = frozenset(
    {
        *("HassClimateSetFanMode", "HassFanSetSpeed", "HassBroadcast"),
        *("HassShoppingListCompleteItem", "HassListAddItem", "HassListCompleteItem", "HassListRemoveItem"),
        *("HassMediaPrevious", "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassSetVolumeRelative"),
        *("HassVacuumCleanArea", "HassLawnMowerStartMowing", "HassLawnMowerDock"),
        *("HassIncreaseTimer", "HassDecreaseTimer", "HassPauseTimer", "HassUnpauseTimer", "HassTimerStatus"),
    }
)
_RARE_SLOTS = frozenset(
    {"floor", "device_class", "media_class", "start_hours", "start_minutes", "start_seconds"}
)


@lru_cache(maxsize=16)
def tool_list(
    needs: frozenset[Need] = frozenset({Need.NOTHING}),
    names: tuple[str, ...] = (),
    areas: tuple[str, ...] = (),
) -> str:
    """The list as one line of JSON.

    :param needs: what the Home Assistant that asks has of that; intents that require something else are left out.
    :param names: of devices, all that there are, told with the first of the tools; empty: not known.
    :param areas: likewise rooms.
    """
    known = {slot_values.NAME: names, slot_values.AREA: areas}
    tools = []
    for kind in INTENTS.values():
        if kind.need in needs and kind.name not in _RARE_INTENTS:
            tools.append(_tool(kind, known))
            # Once is enough to be known, and the grammar allows no others anywhere.
            known = {}
    return json.dumps(tools, ensure_ascii=False, separators=(",", ":"))


def _tool(kind: IntentKind, known: dict[Text, tuple[str, ...]]) -> dict[str, Any]:
    slots = [slot for slot in kind.slots if slot.name not in _RARE_SLOTS]
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {slot.name: _schema(slot, known) for slot in slots},
    }
    if required := [slot.name for slot in slots if slot.required]:
        parameters["required"] = required
    return {"name": kind.name, "description": kind.description, "parameters": parameters}


def _schema(slot: Slot, known: dict[Text, tuple[str, ...]]) -> dict[str, Any]:
    kind = slot.values
    if isinstance(kind, Number):
        return {"type": "integer" if kind.whole else "number"}
    words: Collection[str] = known.get(kind, ())
    if kind is slot_values.DOMAIN:
        words = ("light", "cover", "fan", "switch")
    return {"type": "string", "enum": list(words)} if words else {"type": "string"}
