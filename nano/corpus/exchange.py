"""One thing that is said to nano and what it answers, with home control and without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Value = str | int | float

# The order in which slots are written, the same everywhere: what is meant first, then what shall become of it.
SLOTS = (
    "name", "area", "floor", "domain", "device_class", "item", "search_query", "message", "state",
    "brightness", "color", "temperature", "position", "percentage", "volume_level", "volume_step",
)  # fmt: skip


_FREE = ("name", "area", "floor", "item", "search_query", "message")
"""Slots whose text is the speaker's own."""


def _quoted(slot: str, value: Value) -> str:
    # With a blank before it the first word is the very token that it is in the sentence. Without, it is another one, rarely
    # seen, and was what a nano got wrong most: "cereal" became item="ceiling".
    return f'"{" " if slot in _FREE else ""}{value}"' if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Call:
    """An intent of Home Assistant with its slots."""

    intent: str
    slots: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """As the model writes it. Raises KeyError for a slot without a place in `SLOTS`."""
        order = {name: place for place, name in enumerate(SLOTS)}
        slots = sorted(self.slots.items(), key=lambda slot: order[slot[0]])
        written = ", ".join(f"{name}={_quoted(name, value)}" for name, value in slots)
        return f"<|tool_call_start|>[{self.intent}({written})]<|tool_call_end|>"


@dataclass(frozen=True)
class Target:
    """What a command means: how it is said, how it is called in an answer, and its slots."""

    phrase: str
    """As it stands in the command, article included: ``the lights in the kitchen``."""
    said: str
    """As an answer calls it: ``the kitchen lights``."""
    slots: Mapping[str, Value]
    kind: str
    """light, fan, thing, cover, lock, climate, player, vacuum, scene."""
    area: str = ""
    """The room in it, for a next turn that names another one; empty if there is none."""

    @property
    def with_article(self) -> str:
        """As a noun in a sentence: ``the lamp`` where a command may be short and say ``lamp``."""
        bare = self.phrase.startswith(("the ", "my ", "all ", "every ")) or "'s " in self.phrase
        return self.phrase if bare or self.phrase.endswith("mode") else f"the {self.phrase}"

    @property
    def plural(self) -> bool:
        """Whether a next turn says ``them``."""
        return self.said.split(" in the ")[0].endswith("s")


@dataclass(frozen=True)
class Exchange:
    """One turn of a dialogue."""

    user: str
    """Raw, without a final mark; ``writing.written_form`` makes a transcript of it."""
    text: str
    """What is said in answer; with a call, its confirmation. May be empty with a call."""
    call: Call | None = None
    """What is done with home control."""
    plain: str = ""
    """What is said without home control, if it differs from `text`."""
    topic: str = ""
    target: Target | None = None
    setting: str = ""
    """What was done to the target (``on``, ``off``, ``open``, ``temperature``, ...), for a next turn."""
    value: Value = ""
    """How far: the number or colour in it."""
    known: bool = False
    """One of few sentences that everybody says: trained as it is, never held out."""

    def answer(self, home: bool) -> str:
        """The assistant's turn."""
        if not home:
            return self.plain or self.text
        return f"{self.call or ''}{self.text}"
