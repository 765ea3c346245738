"""The date and the time, for a question that has to do with them.

They do not stand in the system prompt, although that is the usual place: a dialogue's state in the model's memory
begins with its system prompt, so one that changed every minute would have to be computed anew at every turn, and
every dialogue with it. Nor do they stand in every turn: they are some twenty tokens, half as much again as what
people say to a home. So they go with a turn that asks for them, and stay in the dialogue as what was true then.
"""

from __future__ import annotations

import re
from datetime import datetime

from wyoming_lfm2.server.canned_replies import primary

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
    """``text``, with a note of ``now`` before it if it asks for that, as far as its words tell.

    :param language: tag of a language of the model; other than English and Japanese get the note in English, always.
    :param now: in the time zone of whoever asks.
    """
    tag = primary(language)
    pattern = {"en": _ENGLISH, "ja": _JAPANESE}.get(tag)
    if pattern is not None and not pattern.search(text):
        return text
    note = _japanese(now) if tag == "ja" else _english(now)
    return f"{note}\n{text}"


def _english(now: datetime) -> str:
    half = "AM" if now.hour < 12 else "PM"
    clock = f"{now.hour % 12 or 12}:{now.minute:02} {half}"
    return f"(It is {clock} on {_DAYS[now.weekday()]}, {_MONTHS[now.month - 1]} {now.day}, {now.year}.)"


def _japanese(now: datetime) -> str:
    day = _JAPANESE_DAYS[now.weekday()]
    return f"(今は{now.year}年{now.month}月{now.day}日{day}曜日、{now.hour}時{now.minute}分です。)"
