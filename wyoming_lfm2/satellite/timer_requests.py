"""What somebody wants of a timer, as a call of Home Assistant's intents, from their words or from a model's call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wyoming_lfm2.satellite.spoken_durations import find_duration

_START, _CANCEL, _CANCEL_ALL = "HassStartTimer", "HassCancelTimer", "HassCancelAllTimers"
_ADD, _TAKE, _PAUSE = "HassIncreaseTimer", "HassDecreaseTimer", "HassPauseTimer"
_RESUME, _STATUS = "HassUnpauseTimer", "HassTimerStatus"

TIMER_INTENTS = frozenset({_START, _CANCEL, _CANCEL_ALL, _ADD, _TAKE, _PAUSE, _RESUME, _STATUS})
"""Those of Home Assistant that are about timers."""


@dataclass(frozen=True)
class TimerRequest:
    """One call."""

    intent: str
    """One of :data:`TIMER_INTENTS`."""
    duration_s: float = 0.0
    """To run, to add or to take away; 0: none was named."""
    name: str = ""
    start_s: float = 0.0
    """The timer that was set for so long is meant; 0: any."""


# In this order: "stop" may end a timer, "how long" never does.
_KINDS = (
    (_STATUS, re.compile(r"\b(how (?:long|much|many)|time (?:is )?(?:left|remaining)|status|what timers)\b")),
    (_CANCEL_ALL, re.compile(r"\b(cancel|stop|delete|remove|clear|end)\b.*\b(all|every|timers)\b")),
    (_ADD, re.compile(r"\b(add|increase|extend|another|more)\b")),
    (_TAKE, re.compile(r"\b(subtract|decrease|reduce|shorten)\b|\b(take|remove)\b.*\b(off|from)\b")),
    (_CANCEL, re.compile(r"\b(cancel|stop|delete|remove|clear|end|kill|turn off)\b")),
    (_PAUSE, re.compile(r"\b(?<!un)pause\b")),
    (_RESUME, re.compile(r"\b(resume|unpause|continue)\b")),
)
_TIMER = re.compile(r"\b(timers?|countdown)\b")
_LEFT = re.compile(r"\bhow (?:long|much (?:time|longer)).*\b(left|remain\w*)\b")
_SET = re.compile(
    r"\b(set|start|create|make|begin|give me|i need|i want|new)\b|^(a |an )?(timer|countdown|@)"
)
_NAMED = re.compile(r"\b(?:called|named|labell?ed)\s+(?P<name>[\w ]+)$")
_BEFORE = re.compile(r"(?P<name>(?:[\w']+ ){1,3})(?:timers?|countdown)\b")
_FOR = re.compile(r"\bfor (?:the |my |our |some )?(?P<name>[a-z][\w' ]*)$")
# fmt: off
_NO_NAME = frozenset((
    "a", "an", "the", "my", "our", "this", "that", "set", "start", "create", "make", "begin", "give", "me",
    "i", "need", "want", "new", "please", "can", "could", "you", "would", "cancel", "stop", "delete",
    "remove", "clear", "end", "kill", "turn", "off", "pause", "unpause", "resume", "continue", "add", "to",
    "from", "on", "of", "for", "and", "increase", "decrease", "extend", "reduce", "shorten", "take",
    "subtract", "by", "in", "with", "is", "left", "remaining", "remain", "how", "long", "much", "time",
    "longer", "many", "more", "another", "it", "one", "there", "what", "status", "all", "every", "does",
    "do", "are", "hey", "ok", "okay", "@",
))
# fmt: on


def read_timer_request(text: str) -> TimerRequest | None:
    """What a sentence wants of a timer; None: nothing, it is about something else.

    English only. A start without a duration is a request, too: somebody has to be told what is missing.
    """
    words = " ".join(re.sub(r"[^\w:.' ]+|\.(?!\d)", " ", text.lower().replace("-", " ")).split())
    duration = find_duration(words)
    if duration is not None:
        seconds, (begin, end) = duration
        words = f"{words[:begin]}@{words[end:]}"  # its place still matters
    if not _TIMER.search(words):
        return TimerRequest(_STATUS) if _LEFT.search(words) else None
    seconds = duration[0] if duration is not None else 0.0
    intent = next((kind for kind, pattern in _KINDS if pattern.search(words)), None)
    if intent is None:
        intent = _START if _SET.search(words) or duration is not None else None
    if intent is None:
        return None
    if intent in {_START, _ADD, _TAKE}:
        return TimerRequest(intent, duration_s=seconds, name=_name(words))
    return TimerRequest(intent, name=_name(words), start_s=seconds)


def timer_request_of_call(intent: str, slots: Mapping[str, str | int | float]) -> TimerRequest | None:
    """A model's call; None: it is about something else."""
    if intent not in TIMER_INTENTS:
        return None
    return TimerRequest(
        intent, _length(slots, ""), str(slots.get("name", "")).strip().lower(), _length(slots, "start_")
    )


def _length(slots: Mapping[str, str | int | float], prefix: str) -> float:
    factors = {"hours": 3600, "minutes": 60, "seconds": 1}
    return sum(float(slots.get(f"{prefix}{unit}", 0)) * factor for unit, factor in factors.items())


def _name(words: str) -> str:
    if (found := _NAMED.search(words)) is not None:
        return _without_small_words(found["name"])
    if (found := _BEFORE.search(words)) is not None and (name := _without_small_words(found["name"])):
        return name
    behind = words[timer.end() :] if (timer := _TIMER.search(words)) is not None else words
    found = _FOR.search(behind.replace("for @", ""))
    return _without_small_words(found["name"]) if found is not None else ""


def _without_small_words(words: str) -> str:
    """The words next to the timer that say which it is: "set the pizza timer" is "pizza"."""
    kept: list[str] = []
    for word in reversed(words.split()):
        if word in _NO_NAME or not word.strip("'"):
            break
        kept.insert(0, word)
    return " ".join(kept)
