"""The grammar of an answer that may control the home: one call of an intent and what is said of it, or only words.

In llama.cpp's GBNF. A call has each slot at most once, in any order, those that are required, and nothing else;
so there is a rule for each set of slots that a call may already have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache

from wyoming_lfm2.intents import slot_values
from wyoming_lfm2.intents.definitions import INTENTS, IntentKind, Slot
from wyoming_lfm2.intents.slot_values import LONGEST_TEXT, Text, Values

CALL_START, CALL_END = "<|tool_call_start|>", "<|tool_call_end|>"

_FRAME = rf"""root ::= call | words
call ::= {CALL_START} "[" intent "]" {CALL_END} said*
said ::= [^<{{}}\x00-\x1f\x7f]
words ::= [^<\x00-\x20\x7f] word*
word ::= [^<\x00-\x09\x0b-\x1f\x7f]
sign ::= [^\"\\<\x00-\x1f\x7f] | "\\" [\"\\]
first ::= [^\"\\<\x00-\x20\x7f] | "\\" [\"\\]
"""
# A blank may stand before a name or a text: in most vocabularies a word within a sentence has one, and so a model can
# write the very tokens that it has been told. Whoever reads the call takes it away.
# Braces are left out of what is said with a call: Home Assistant 2026.11 takes them for a template.


@lru_cache(maxsize=4)
def home_grammar(names: tuple[str, ...] = (), areas: tuple[str, ...] = ()) -> str:
    """The grammar, from ``root``.

    :param names: of devices, all that there are; empty: a call may name anything. Each may be written in
        lower case as well, as speech is.
    :param areas: likewise rooms.
    """
    rules = [_FRAME]
    given: dict[Values, tuple[str, ...]] = {slot_values.NAME: names, slot_values.AREA: areas}
    rules += [f"v-{kind.name} ::= {_value(kind, given.get(kind, ()))}\n" for kind in slot_values.KINDS]
    rules.append(f"intent ::= {' | '.join(INTENTS)}\n")
    for intent in INTENTS.values():
        rules.append(f'{intent.name} ::= "{intent.name}(" {_state(intent, 0)}\n')
        rules += _states(intent)
    return "".join(rules)


def _states(intent: IntentKind) -> Iterator[str]:
    """A rule for each set of slots that a call of ``intent`` has; the number's bits say which."""
    for had in range(1 << len(intent.slots)):
        ways = [
            f'"{", " if had else ""}{slot.name}=" v-{slot.values.name} {_state(intent, had | 1 << place)}'
            for place, slot in enumerate(intent.slots)
            if not had >> place & 1
        ]
        if _is_complete(intent, [slot for place, slot in enumerate(intent.slots) if had >> place & 1]):
            ways.append('")"')
        yield f"{_state(intent, had)} ::= {' | '.join(ways)}\n"


def _is_complete(intent: IntentKind, had: Iterable[Slot]) -> bool:
    names = {slot.name for slot in had}
    required = {slot.name for slot in intent.slots if slot.required}
    return required <= names and (not intent.one_of or not names.isdisjoint(intent.one_of))


def _state(intent: IntentKind, had: int) -> str:
    return f"{intent.name}-{had}"


def _value(kind: Values, given: tuple[str, ...]) -> str:
    if isinstance(kind, Text):
        words = kind.words or tuple(dict.fromkeys(form for name in given for form in (name, name.lower())))
        if not words:
            return f'"\\"" " "? first sign{{0,{LONGEST_TEXT - 1}}} "\\""'
        return " | ".join(_literal(word, "" if kind.words else '" "? ') for word in words)
    return " | ".join((kind.grammar, *map(_literal, kind.words)))


def _literal(text: str, before: str = "") -> str:
    """A quoted text of a call, as a literal of the grammar; behind its first quote what ``before`` allows."""
    written = quoted(text)[1:].replace("\\", "\\\\").replace('"', '\\"')
    return f'"\\"" {before}"{written}"' if before else f'"\\"{written}"'


def quoted(text: str) -> str:
    """``text`` as it stands in a call: a JSON string, in which no ``<`` can be taken for a control token."""
    # Half a surrogate pair, which the environment can hold, has no UTF-8.
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(sound, ensure_ascii=False).replace("<", "\\u003c").replace("\x7f", "\\u007f")
