"""Sequences of the one resident model: a prefix computed once, and a copy for each request."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass

from wyoming_lfm2.engine.backbone import Backbone


@dataclass(eq=False)
class Sequence:
    """A request's own place in the model's memory."""

    id: int
    reserved: int
    """Rows of context set aside for it, on top of the prefix."""
    position: int
    """Where its next row goes."""


class SequencePool:
    """Hands out sequences that begin with the prefix, and counts the context they may fill.

    All sequences share one context. A sequence is given out only when all it may ever
    need is free, so that llama.cpp never runs out in the middle of a request.
    """

    def __init__(self, backbone: Backbone, prefix: Items[int], count: int) -> None:
        self._backbone = backbone
        self._prefix_id = count
        self._prefix_length = len(prefix)
        self._free = list(range(count))
        backbone.prefill_tokens(self._prefix_id, 0, prefix)
        self.capacity: int = backbone.context - len(prefix)
        """Rows that all requests together may fill."""
        self._unreserved = self.capacity

    @property
    def in_use(self) -> int:
        """Sequences that are given out."""
        return self._prefix_id - len(self._free)

    def take(self, rows: int) -> Sequence | None:
        """A sequence that holds the prefix and may grow by ``rows``; ``None`` if not now."""
        if not self._free or rows > self._unreserved:
            return None
        sequence = Sequence(self._free.pop(), rows, self._prefix_length)
        self._unreserved -= rows
        self._backbone.copy_sequence(self._prefix_id, sequence.id)
        return sequence

    def give_back(self, sequence: Sequence) -> None:
        """Forget what the sequence holds and free its place."""
        self._backbone.remove_sequence(sequence.id)
        self._unreserved += sequence.reserved
        self._free.append(sequence.id)
