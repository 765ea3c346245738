"""Whether a grammar is one that llama.cpp follows without ever ending the process, or taking all memory.

llama.cpp refuses many a grammar that it cannot follow, but not each. Left recursion behind a rule that is
empty only because another one is takes all memory; many ways to begin take for ever; and a control token that
is both named and, spelled out, characters of the grammar may be allowed and then thrown upon, across C. (Read
in ``src/llama-grammar.cpp`` of the release that is pinned: ``llama_grammar_detect_left_recursion``,
``llama_grammar_advance_stack``, ``llama_grammar_reject_candidates_for_stack``.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from wyoming_lfm2.engine.errors import GrammarError
from wyoming_lfm2.engine.llama.grammar_text import Choice, Node, Reference, Repeated, Signs, Token, read_rules

ROOT = "root"
"""The rule at which an answer begins."""

_LONGEST = 500_000
_MOST_RULES = 4_000
_MOST_WAYS = 50_000


@lru_cache(maxsize=16)
def checked_grammar(grammar: str) -> frozenset[str]:
    """The control tokens that ``grammar`` names.

    :raises GrammarError: it is wrong, and where.
    """
    if len(grammar) > _LONGEST:
        raise GrammarError(f"the grammar has {len(grammar)} characters, and {_LONGEST} at most are allowed")
    if any("\ud800" <= sign <= "\udfff" for sign in grammar):
        raise GrammarError("the grammar is no text in UTF-8")
    rules = read_rules(grammar)
    if len(rules) > _MOST_RULES:
        raise GrammarError(f"the grammar has {len(rules)} rules, and {_MOST_RULES} at most are allowed")
    nodes = {name: tuple(_inside(rule)) for name, rule in rules.items()}
    named = {node.name for inside in nodes.values() for node in inside if isinstance(node, Reference)}
    if missing := sorted((named | {ROOT}) - rules.keys()):
        raise GrammarError(f"the grammar has no rule {missing[0]}")
    tokens = {node.text for inside in nodes.values() for node in inside if isinstance(node, Token)}
    for name, inside in nodes.items():
        if tokens and any(isinstance(node, Signs) and node.less_than for node in inside):
            raise GrammarError(
                f"rule {name} of the grammar allows the character <, with which control tokens begin"
            )
    _check_beginnings(rules, _Emptiness(rules))
    return frozenset(tokens)


class _Emptiness:
    """What may be nothing at all."""

    def __init__(self, rules: Mapping[str, Choice]) -> None:
        self._empty: set[str] = set()
        while found := {name for name in rules.keys() - self._empty if self.of(rules[name])}:
            self._empty |= found

    def of(self, node: Node) -> bool:
        """Whether ``node`` may be."""
        match node:
            case Reference():
                return node.name in self._empty
            case Choice():
                return any(all(map(self.of, sequence)) for sequence in node.sequences)
            case Repeated():
                return not node.least or self.of(node.node)
        return False

    def firsts(self, node: Node) -> Iterator[str]:
        """The rules with which ``node`` may begin, each as often as there are ways to it."""
        match node:
            case Reference():
                yield node.name
            case Repeated():
                yield from self.firsts(node.node)
            case Choice():
                for sequence in node.sequences:
                    for part in sequence:
                        yield from self.firsts(part)
                        if not self.of(part):
                            break


def _check_beginnings(rules: Mapping[str, Choice], emptiness: _Emptiness) -> None:
    """Refuse rules that begin with themselves, or in too many ways."""
    for name, rule in rules.items():
        for node in _inside(rule):
            if isinstance(node, Repeated) and emptiness.of(node.node):
                raise GrammarError(f"rule {name} of the grammar repeats what may be nothing")
    firsts = {name: tuple(emptiness.firsts(rule)) for name, rule in rules.items()}
    ways: dict[str, int] = {}
    for start in rules:
        # By hand: a chain of rules may be longer than Python's stack.
        path = [start]
        entered: set[str] = set()
        while path:
            name = path[-1]
            if name in ways:
                path.pop()
            elif name not in entered:
                entered.add(name)
                for first in firsts[name]:
                    if first in entered and first not in ways:
                        raise GrammarError(f"rule {first} of the grammar begins with itself")
                path.extend(first for first in set(firsts[name]) if first not in ways)
            else:
                ways[name] = 1 + sum(ways[first] for first in firsts[name])
                if ways[name] > _MOST_WAYS:
                    raise GrammarError(f"rule {name} of the grammar begins in too many ways")
                path.pop()


def _inside(node: Node) -> Iterator[Node]:
    """``node`` and all nodes in it."""
    yield node
    if isinstance(node, Repeated):
        yield from _inside(node.node)
    elif isinstance(node, Choice):
        for sequence in node.sequences:
            for part in sequence:
                yield from _inside(part)
