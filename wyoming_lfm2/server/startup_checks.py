"""What of the settings of conversation the resident model can do: found out before anybody connects.

What the settings have the model told may be too long for it, and each turn would fail. A server that hears and
speaks all the same is worth having, so it starts, says in its log what is missing, and does not advertise that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import Converser
from wyoming_lfm2.engine.errors import GrammarError, TextTooLongError
from wyoming_lfm2.intents.definitions import Need
from wyoming_lfm2.server.conversation_context import conversation_prompt
from wyoming_lfm2.server.home_control import HomeControl

_LOGGER = logging.getLogger(__name__)

Told = tuple[str, str, str]
"""System prompt, grammar and tools, as :meth:`Converser.check_told` takes them."""


async def feasible_conversation(wanted: ConversationSettings, converser: Converser) -> ConversationSettings:
    """``wanted`` with home control, or all of it, switched off if it cannot be; the log says why."""
    resident = converser.info
    if not wanted.enabled:
        return wanted
    if not resident.converses:
        _LOGGER.info("No conversation: %s", resident.chat_unavailable_reason)
        return wanted
    if wanted.home_control:
        problem = await _no_home_control_because(wanted, converser)
        if not problem:
            return wanted
        _LOGGER.warning("No home control: %s.", problem)
        wanted = wanted.model_copy(update={"home_control": False})
    prompts = {conversation_prompt(wanted, resident, language) for language in resident.languages}
    problem = await _problem(converser, ((prompt, "", "") for prompt in prompts))
    if problem:
        _LOGGER.warning("No conversation: %s.", problem)
        wanted = wanted.model_copy(update={"enabled": False})
    return wanted


async def _no_home_control_because(wanted: ConversationSettings, converser: Converser) -> str:
    resident = converser.info
    if not resident.calls:
        return (
            f"the vocabulary of {resident.name} has no tokens for calls of functions; "
            "set model.name to another model, or conversation.home_control to false"
        )
    home = HomeControl(wanted)
    # Whoever can do most is told most.
    turns = [home.turn(frozenset(Need), resident, language) for language in resident.languages]
    return await _problem(converser, ((system, turn.grammar, turn.tools) for system, turn in turns))


async def _problem(converser: Converser, all_told: Iterable[Told]) -> str:
    """Why the model cannot be told one of these; empty if it can be told each."""
    try:
        for told in all_told:
            await converser.check_told(*told)
    except TextTooLongError as error:
        return str(error)
    except GrammarError as error:
        # Of all settings only the names make it larger.
        return f"{error}; set fewer conversation.home_names and conversation.home_areas"
    return ""
