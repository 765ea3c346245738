"""What the model is told before a dialogue: the setting's text, or the one prompt that it knows."""

from __future__ import annotations

from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.server.canned_replies import ENGLISH, primary


def conversation_prompt(settings: ConversationSettings, resident: EngineInfo, language: str) -> str:
    """The system prompt for a dialogue in ``language``, a tag of a language of the model.

    A small model answers under the prompt that it was trained on and no other, so that one is taken, unless
    somebody has written a prompt of his own. A setting that says what its default says counts as not set.
    """
    return _told(settings.system_prompt, "system_prompt", resident.conversation_prompt) or _in_language(
        settings.system_prompt, language
    )


def home_prompt(settings: ConversationSettings, resident: EngineInfo, language: str) -> tuple[str, bool]:
    """Likewise with home control, and whether a list of tools has to follow."""
    if told := _told(settings.home_prompt, "home_prompt", resident.home_prompt):
        return told, False
    return _in_language(settings.home_prompt, language), True


def _told(written: str, setting: str, own: str) -> str:
    """The model's own prompt, where the setting is as it comes."""
    return own if written == ConversationSettings.model_fields[setting].default else ""


def _in_language(prompt: str, language: str) -> str:
    tag = primary(language)
    # Not format(): whoever writes a prompt may write braces.
    return prompt.replace("{language}", ENGLISH.language_names.get(tag, tag))
