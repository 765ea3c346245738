"""What the model is told before a dialogue: the setting's text, or the one prompt that it knows."""

from __future__ import annotations

from ..config.settings import ConversationSettings
from ..engine.interface import EngineInfo
from .phrases import ENGLISH, primary


def system_prompt(settings: ConversationSettings, resident: EngineInfo, language: str) -> str:
    """The system prompt for a dialogue in ``language``, a tag of a language of the model.

    A small model answers under the prompt that it was trained on and no other, so that one is taken, unless
    somebody has written a prompt of his own. A setting that says what its default says counts as not set.
    """
    written = settings.system_prompt
    if resident.conversation_prompt and written == _default("system_prompt"):
        return resident.conversation_prompt
    return _in_language(written, language)


def _default(setting: str) -> object:
    return ConversationSettings.model_fields[setting].default


def _in_language(prompt: str, language: str) -> str:
    tag = primary(language)
    # Not format(): whoever writes a prompt may write braces.
    return prompt.replace("{language}", ENGLISH.language_names.get(tag, tag))
