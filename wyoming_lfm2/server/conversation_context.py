"""What the model is told besides what was said: a system prompt before a dialogue, notes before a turn.

What changes does not stand in the system prompt, although that is the usual place: a dialogue's state in the
model's memory begins with its system prompt, so one that changed every minute would have to be computed anew at
every turn, and every dialogue with it. Nor does it stand in every turn: the date and the time are some twenty
tokens, half as much again as what people say to a home. So a :class:`ContextProvider` looks at each turn and gives
a note to those that ask for it, which stays in the dialogue as what was true then.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.server.canned_replies import ENGLISH
from wyoming_lfm2.server.languages import primary

_LOGGER = logging.getLogger(__name__)

_PATIENCE_S = 2.0
"""What has not been found out by then is left out: somebody waits for the answer."""


class ContextProvider(Protocol):
    """Knows something that the model does not, and tells it where a turn has to do with it."""

    async def context(self, text: str, language: str) -> str | None:
        """A note for the model, on lines of its own before what was said; None: it has nothing to do with it.

        It may take its time, up to two seconds, but not the event loop's. Whatever it raises is logged, and the
        turn answered without it.

        :param text: what was said.
        :param language: BCP 47 tag, one of the model's.
        """
        ...


class DateAndTime:
    """Tells the local date and time to questions that have to do with them; a :class:`ContextProvider`."""

    def __init__(self, now: Callable[[], datetime] = datetime.now) -> None:
        self._now = now

    async def context(self, text: str, language: str) -> str | None:
        """See :func:`time_note`."""
        return time_note(text, language, self._now())


async def with_context(text: str, language: str, providers: Sequence[ContextProvider]) -> str:
    """``text`` with the notes of all ``providers`` before it, in their order; they are asked at once."""
    notes = await asyncio.gather(*(_note(provider, text, language) for provider in providers))
    return "\n".join([*filter(None, notes), text])


async def _note(provider: ContextProvider, text: str, language: str) -> str | None:
    name = type(provider).__name__
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await provider.context(text, language)
    except TimeoutError:
        _LOGGER.warning("%s said nothing within %g s; answered without it", name, _PATIENCE_S)
    except Exception:
        _LOGGER.exception("%s failed; answered without it", name)
    return None


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


_ENGLISH = re.compile(
    r"\b(?:times?|o'?clock|clock|dates?|days?|today(?:'s)?|tonight|tomorrow|yesterday|weeks?|weekends?|months?|years?"
    r"|hours?|minutes?|when|until|ago|morning|evening|season|birthday|christmas|easter|holidays?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_JAPANESE = re.compile("時|今日|明日|昨日|曜日|何日|日付|週|月|年|いつ|朝|夜|今晩|分前|分後|祝日|誕生日|季節")

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_JAPANESE_DAYS = "月火水木金土日"


def with_time(text: str, language: str, now: datetime) -> str:
    """``text``, with :func:`time_note` before it, if there is one."""
    note = time_note(text, language, now)
    return f"{note}\n{text}" if note else text


def time_note(text: str, language: str, now: datetime) -> str | None:
    """A note of ``now`` if ``text`` asks for that, as far as its words tell.

    :param language: tag of a language of the model; other than English and Japanese get the note in English, always.
    :param now: in the time zone of whoever asks.
    """
    tag = primary(language)
    pattern = {"en": _ENGLISH, "ja": _JAPANESE}.get(tag)
    if pattern is not None and not pattern.search(text):
        return None
    return _japanese(now) if tag == "ja" else _english(now)


def _english(now: datetime) -> str:
    half = "AM" if now.hour < 12 else "PM"
    clock = f"{now.hour % 12 or 12}:{now.minute:02} {half}"
    return f"(It is {clock} on {_DAYS[now.weekday()]}, {_MONTHS[now.month - 1]} {now.day}, {now.year}.)"


def _japanese(now: datetime) -> str:
    day = _JAPANESE_DAYS[now.weekday()]
    return f"(今は{now.year}年{now.month}月{now.day}日{day}曜日、{now.hour}時{now.minute}分です。)"
