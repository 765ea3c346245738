"""Whether and how a turn of a dialogue may end in something that Home Assistant does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wyoming.event import Event

from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.intents.calls import Call
from wyoming_lfm2.intents.definitions import Need
from wyoming_lfm2.intents.grammar import home_grammar
from wyoming_lfm2.intents.tools import tool_list
from wyoming_lfm2.server.canned_replies import CannedReplies
from wyoming_lfm2.server.conversation_context import home_prompt

_NO_BRACES = str.maketrans("{}", "  ")


@dataclass(frozen=True)
class HomeTurn:
    """What a turn with home control needs besides."""

    grammar: str
    tools: str
    there_is: frozenset[Need]
    """What the Home Assistant that asks can do; a call of an intent that needs something else is refused."""
    least_certainty: float

    def refusal(self, call: Call, certainty: float, phrases: CannedReplies) -> Refusal | None:
        """Why ``call`` is not to be carried out; None if it is.

        :param certainty: of the model, 0 to 1.
        """
        if certainty < self.least_certainty:
            return Refusal(phrases.unsure, recognized=False)
        if call.kind.need in self.there_is:
            return None
        texts = {Need.STATES: phrases.no_states, Need.DEVICE: phrases.no_timers}
        return Refusal(texts.get(call.kind.need, phrases.not_here))

    def confirmation(self, call: Call, said: str, phrases: CannedReplies) -> str:
        """What is spoken when ``call`` has been carried out.

        :param said: by the model, in plain text.
        """
        if call.kind.need is Need.STATES:
            # The model does not know what Home Assistant is about to find.
            return phrases.states.template(call.kind.name, asked_whether="state" in call.slots)
        # Home Assistant 2026.11 would run what stands in braces.
        plain = " ".join(said.translate(_NO_BRACES).split())
        return plain or ("" if call.kind.name == "HassNevermind" else phrases.done)


@dataclass(frozen=True)
class Refusal:
    """A sentence in the place of an answer."""

    text: str
    recognized: bool = True
    """Whether it was understood what is wanted."""


class HomeControl:
    """The settings of home control, made ready once."""

    def __init__(self, settings: ConversationSettings) -> None:
        """Make the grammar."""
        self._settings = settings
        self._names, self._areas = settings.home_names, settings.home_areas
        self._grammar = home_grammar(self._names, self._areas) if settings.home_control else ""

    def works(self, resident: EngineInfo) -> bool:
        """Whether it is switched on and the model can write calls."""
        settings = self._settings
        return settings.enabled and settings.home_control and resident.converses and resident.calls

    def turn(self, there_is: frozenset[Need], resident: EngineInfo, language: str) -> tuple[str, HomeTurn]:
        """The system prompt of a turn, and what it needs besides.

        :param there_is: see :func:`what_there_is`.
        :param language: tag of a language of the model.
        """
        prompt, wants_tools = home_prompt(self._settings, resident, language)
        tools = tool_list(there_is, self._names, self._areas) if wants_tools else ""
        return prompt, HomeTurn(self._grammar, tools, there_is, self._settings.home_confidence)


def what_there_is(event: Event) -> frozenset[Need]:
    """What the Home Assistant that sent a ``transcript`` can do of what intents need, judged by the event's fields.

    Home Assistant before 2026.11 tells neither the language nor the device; it speaks the text of an intent as
    it is, and knows no device that a timer could ring on. Later ones always tell the language.
    """
    context: Mapping[str, Any] = event.data.get("context") or {}
    there_is = {Need.NOTHING}
    if context.get("device_id"):
        there_is.add(Need.DEVICE)
    if event.data.get("language") or context.get("device_id") or context.get("satellite_id"):
        there_is |= {Need.STATES, Need.NEW}
    return frozenset(there_is)
