"""Calls of intents, as a model writes them: ``[HassTurnOn(name="kitchen light", domain="light")]``.

Here they are recognised in an answer while it is being written, and read back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from wyoming_lfm2.intents.definitions import INTENTS, IntentKind
from wyoming_lfm2.intents.grammar import CALL_END, CALL_START
from wyoming_lfm2.intents.slot_values import Value

_CALL = re.compile(r"\[([A-Za-z]{1,60})\((.*)\)\]", re.DOTALL)
_SLOT = re.compile(
    r'\s*([a-z_]{1,40})\s*=\s*(?:("(?:[^"\\]|\\.)*")|(-?[0-9]{1,9}(?:\.[0-9]{1,9})?))\s*', re.DOTALL
)
_LONGEST = 4_000


class CallError(Exception):
    """What was written is no call of an intent; the text says why."""


@dataclass(frozen=True)
class Call:
    """An intent with its slots."""

    kind: IntentKind
    slots: Mapping[str, Value]
    """By name, in the order in which they were written."""
    said: str = ""
    """What is said of it."""

    def __str__(self) -> str:
        """As the model writes it, without its control tokens."""
        written = ", ".join(
            f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.slots.items()
        )
        return f"{self.kind.name}({written})"


def read_call(text: str) -> Call:
    """Read a whole answer that is a call, with its control tokens and what is said behind it.

    :raises CallError: it is none, or one that Home Assistant could not take.
    """
    inside, end, said = text.removeprefix(CALL_START).partition(CALL_END)
    if not text.startswith(CALL_START) or not end:
        raise CallError("the call is not complete")
    if len(inside) > _LONGEST:
        raise CallError(f"the call has {len(inside)} characters, more than {_LONGEST}")
    found = _CALL.fullmatch(inside.strip())
    if found is None:
        raise CallError(f"this is no call: {inside[:80]}")
    kind = INTENTS.get(found[1])
    if kind is None:
        raise CallError(f"there is no intent {found[1]}")
    return Call(kind, _read_slots(kind, found[2]), said.strip())


class CallCertainty:
    """Takes an answer fragment by fragment: whether it is a call, and how sure of the call the model is.

    The measure is the least probability of any piece of the call, from the decision to call up to its end: that
    something is done at all, the intent, each slot and its value, that no slot is missing, that nothing else is
    done besides. A call is right only if all of them are, and where the model wavers it wavers in one or two. From
    one half on, each piece was likelier than all others together. The probabilities are those before the grammar:
    a model that wanted to write something else, and was not allowed to, is not sure.
    """

    def __init__(self) -> None:
        self._call = ""
        self.certainty = 1.0
        """Least probability of a piece of the call so far; 1 if there is none."""

    @property
    def calls(self) -> bool:
        """Whether it is a call."""
        return bool(self._call)

    @property
    def call_is_written(self) -> bool:
        """Whether the call is complete; what is said of it may follow."""
        return CALL_END in self._call

    def feed(self, text: str, probability: float) -> str:
        """Take the next fragment.

        :returns: it, if the answer is only words; they can be said at once.
        """
        if not self._call and text != CALL_START:
            return text
        if not self.call_is_written:
            self.certainty = min(self.certainty, probability)
        self._call += text
        return ""

    def call(self) -> Call:
        """The call, with what is said of it.

        :raises CallError: it is none that Home Assistant could take.
        """
        return read_call(self._call)


def _read_slots(kind: IntentKind, written: str) -> dict[str, Value]:
    known = {slot.name: slot for slot in kind.slots}
    slots: dict[str, Value] = {}
    at = 0
    while at < len(written):
        found = _SLOT.match(written, at)
        if found is None:
            raise CallError(f"{kind.name} has something else than a slot: {written[at : at + 80]}")
        name, text, number = found.groups()
        if name not in known or name in slots:
            raise CallError(f"{kind.name} has no slot {name}, or has it twice")
        value = _text(text) if text is not None else _number(number)
        if not known[name].values.allows(value):
            raise CallError(f"{name} of {kind.name} cannot be {str(value)[:80]!r}")
        slots[name] = value
        at = found.end()
        if at < len(written):
            if written[at] != "," or at + 1 == len(written):
                raise CallError(f"{kind.name} has no comma between its slots")
            at += 1
    missing = [slot.name for slot in kind.slots if slot.required and slot.name not in slots]
    if kind.one_of and slots.keys().isdisjoint(kind.one_of):
        missing.append(" or ".join(kind.one_of))
    if missing:
        raise CallError(f"{kind.name} lacks {missing[0]}")
    return slots


def _text(written: str) -> str:
    try:
        read = json.loads(written)
        assert isinstance(read, str)
        read.encode("utf-8")
    except ValueError:
        raise CallError(f"this is no text: {written[:80]}") from None
    # A model that is cut off amid a character, or trained on the web, may write signs that nobody sees.
    return " ".join("".join(sign if sign.isprintable() else " " for sign in read).split())


def _number(written: str) -> int | float:
    return float(written) if "." in written else int(written)
