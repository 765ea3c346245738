"""The text of a grammar taken apart: which rules there are, and what each is made of.

Less is allowed than in llama.cpp's GBNF (see ``grammars/README.md`` there): one rule a line, no comments, no
``.``, no ``!``, no token numbers, bounded repetitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wyoming_lfm2.engine.errors import GrammarError

_DEEPEST = 16
_MOST_TIMES = 500

_ESCAPE = r"\\(?:[nrt\"\\\[\]]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
_SIGN = rf"(?:{_ESCAPE}|[^\\\"\]\x00-\x1f])"
_ELEMENT = re.compile(
    rf"[ \t]*(?:(?P<literal>\"(?:{_ESCAPE}|[^\\\"\x00-\x1f])+\")"
    rf"|(?P<signs>\[\^?(?:{_SIGN})+\])"
    r"|(?P<token><\|[A-Za-z0-9_]+\|>)"
    r"|(?P<name>[A-Za-z0-9-]+)"
    r"|(?P<open>\()|(?P<close>\))|(?P<either>\|)"
    r"|(?P<times>[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\}))[ \t]*"
)
_RULE = re.compile(r"([A-Za-z0-9-]+) ::= ")
_ONE_SIGN = re.compile(_SIGN)
_ONE_ESCAPE = re.compile(_ESCAPE)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_LESS_THAN = ord("<")


@dataclass(frozen=True)
class Signs:
    """One or more characters."""

    less_than: bool
    """Whether one of them may be ``<``."""


@dataclass(frozen=True)
class Token:
    """One control token."""

    text: str


@dataclass(frozen=True)
class Reference:
    """Another rule."""

    name: str


@dataclass(frozen=True)
class Choice:
    """One of several sequences."""

    sequences: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Repeated:
    """A node several times."""

    node: Node
    least: int


Node = Signs | Token | Reference | Choice | Repeated


def read_rules(grammar: str) -> dict[str, Choice]:
    """The rules of a grammar by name.

    :raises GrammarError: it is wrong, and where.
    """
    rules: dict[str, Choice] = {}
    for line in grammar.split("\n"):
        if not line.strip():
            continue
        begun = _RULE.match(line)
        if begun is None:
            raise GrammarError(f"a line of the grammar is no rule: {line[:60]}")
        if begun[1] in rules:
            raise GrammarError(f"the grammar has two rules {begun[1]}")
        rules[begun[1]] = _Reader(begun[1], line, begun.end()).rule()
    return rules


class _Reader:
    """Reads what stands behind ``::=``, by recursive descent."""

    def __init__(self, name: str, line: str, start: int) -> None:
        self._name = name
        self._elements = self._read(line, start)
        self._kind, self._text = next(self._elements)

    def rule(self) -> Choice:
        read = self._choice(0)
        if self._kind != "end":
            raise self._wrong(f"a bracket too many before: {self._text}")
        return read

    def _read(self, line: str, at: int) -> Iterator[tuple[str, str]]:
        while at < len(line):
            found = _ELEMENT.match(line, at)
            if found is None:
                raise self._wrong(f"something else than an element at: {line[at : at + 40]}")
            at = found.end()
            assert found.lastgroup is not None
            yield found.lastgroup, found[found.lastgroup]
        yield "end", "the end"

    def _next(self) -> str:
        text = self._text
        self._kind, self._text = next(self._elements)
        return text

    def _choice(self, depth: int) -> Choice:
        if depth > _DEEPEST:
            raise self._wrong(f"more than {_DEEPEST} brackets inside each other")
        sequences = [self._sequence(depth)]
        while self._kind == "either":
            self._next()
            sequences.append(self._sequence(depth))
        return Choice(tuple(sequences))

    def _sequence(self, depth: int) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self._kind not in ("end", "close", "either"):
            if self._kind == "times":
                if not nodes or isinstance(nodes[-1], Repeated):
                    raise self._wrong(f"nothing that {self._text} could repeat")
                nodes.append(Repeated(nodes.pop(), self._least(self._next())))
            else:
                nodes.append(self._one(depth))
        return tuple(nodes)

    def _one(self, depth: int) -> Node:
        kind, text = self._kind, self._next()
        if kind == "open":
            inside = self._choice(depth + 1)
            if self._kind != "close":
                raise self._wrong("a bracket that is not closed")
            self._next()
            return inside
        if kind == "name":
            return Reference(text)
        if kind == "token":
            return Token(text)
        return Signs("<" in _unescaped(text[1:-1]) if kind == "literal" else _may_be_less_than(text))

    def _least(self, text: str) -> int:
        """Of a repetition; one whose bounds are not in order would take all memory."""
        if text in "*+?":
            return int(text == "+")
        least, comma, most = text[1:-1].partition(",")
        last = int(least) if comma and not most else int(most or least)
        if not int(least) <= last <= _MOST_TIMES or (last == 0 and not comma):
            raise self._wrong(f"a repetition that cannot be: {text}")
        if comma and most and last == 0:
            raise self._wrong(f"a repetition that cannot be: {text}")
        return int(least)

    def _wrong(self, what: str) -> GrammarError:
        return GrammarError(f"rule {self._name} of the grammar has {what}")


def _may_be_less_than(signs: str) -> bool:
    """Whether a class of characters holds ``<``, as llama.cpp reads its ranges."""
    inverse = signs.startswith("[^")
    inside = _ONE_SIGN.findall(signs[2 if inverse else 1 : -1])
    held, at = False, 0
    while at < len(inside):
        first = ord(_unescaped(inside[at]))
        # A minus that is the last sign is itself.
        is_range = inside[at + 1 : at + 2] == ["-"] and at + 2 < len(inside)
        last = ord(_unescaped(inside[at + 2])) if is_range else first
        held |= first <= _LESS_THAN <= last
        at += 3 if is_range else 1
    return held != inverse


def _unescaped(text: str) -> str:
    def sign(found: re.Match[str]) -> str:
        letters = found[0][1:]
        return chr(int(letters[1:], 16)) if letters[0] in "xuU" else _PLAIN_ESCAPES.get(letters, letters)

    return _ONE_ESCAPE.sub(sign, text)
