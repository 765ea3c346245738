"""Sampling sentences from templates in the syntax of Home Assistant's intent files.

Syntax: ``(a|b)`` one of, ``[a]`` maybe, ``(a;b)`` all in any order, ``{list}`` or ``{list:slot}`` a value of
a list, ``<rule>`` another template. Only what ``home-assistant-intents`` uses is understood.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(r"[()\[\]|;]|\{[^}]*\}|<[^>]*>|[^()\[\]|;{}<>]+")


@dataclass
class Group:
    """Alternatives, each a sequence of strings and groups; ``shuffle`` means all of them in any order."""

    choices: list[list[str | Group]] = field(default_factory=lambda: [[]])
    optional: bool = False
    shuffle: bool = False


def parse(template: str) -> Group:
    """Parse `template`. Raises ValueError if its brackets do not match."""
    root = Group()
    stack = [root]
    closers = ["end"]
    for token in _TOKEN.findall(template):
        group = stack[-1]
        if token in "([":
            inner = Group(optional=token == "[")
            group.choices[-1].append(inner)
            stack.append(inner)
            closers.append(")" if token == "(" else "]")
        elif token in ")]":
            if closers.pop() != token:
                raise ValueError(f"brackets do not match: {template}")
            stack.pop()
        elif token in "|;":
            group.shuffle = group.shuffle or token == ";"
            group.choices.append([])
        else:
            group.choices[-1].append(token)
    if len(stack) != 1:
        raise ValueError(f"brackets do not match: {template}")
    return root


class Sampler:
    """Fills templates at random.

    `rules` maps rule names to templates; `fill(name)` returns a value for ``{name}`` (the part before a
    colon). Optional parts appear with probability `keep`.
    """

    def __init__(
        self, rules: Mapping[str, str], fill: Callable[[str], str], rng: random.Random, keep: float = 0.5
    ) -> None:
        self._rules = rules
        self._fill = fill
        self._rng = rng
        self._keep = keep
        self._parsed: dict[str, Group] = {}

    def sample(self, template: str) -> str:
        """One sentence of `template`, spaces tidied. Raises ValueError (brackets) or KeyError (unknown rule)."""
        if template not in self._parsed:
            self._parsed[template] = parse(template)
        return " ".join(self._expand(self._parsed[template]).split())

    def _expand(self, group: Group) -> str:
        if group.optional and self._rng.random() >= self._keep:
            return ""
        if group.shuffle:
            parts = [self._sequence(choice) for choice in group.choices]
            self._rng.shuffle(parts)
            return " ".join(parts)
        return self._sequence(self._rng.choice(group.choices))

    def _sequence(self, items: list[str | Group]) -> str:
        out = []
        for item in items:
            if isinstance(item, Group):
                out.append(self._expand(item))
            elif item.startswith("{"):
                out.append(self._fill(item[1:-1].split(":")[0]))
            elif item.startswith("<"):
                out.append(self.sample(self._rules[item[1:-1]]))
            else:
                out.append(item)
        return "".join(out)
