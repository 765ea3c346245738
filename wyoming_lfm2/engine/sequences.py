"""Sequences of the one resident model: prefixes computed once, and a copy for each request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass

from wyoming_lfm2.engine.backbone import Backbone

PREFIXES = 6
"""Prefixes that are kept at once besides the fixed one; the least recently used goes first."""

_PART_FOR_PREFIXES = 8
"""Kept prefixes may fill one part in so many of the context."""


@dataclass(eq=False)
class Sequence:
    """A request's own place in the model's memory."""

    id: int
    reserved: int
    """Rows of context set aside for it, on top of the fixed prefix."""
    position: int
    """Where its next row goes."""


class SequencePool:
    """Hands out sequences, keeps prefixes for them, and counts the context they may fill.

    All sequences share one context. A sequence is given out only when all it may ever
    need is free, so that llama.cpp never runs out in the middle of a request.
    """

    def __init__(
        self,
        backbone: Backbone,
        fixed: Items[int],
        count: int,
        *,
        more_prefixes: bool = False,
        returned: Callable[[int], None] | None = None,
    ) -> None:
        """Compute the fixed prefix.

        :param fixed: tokens of a prefix that is kept for ever.
        :param count: sequences, numbered from 0; the prefixes come after them.
        :param more_prefixes: whether to set context aside for :meth:`keep`.
        :param returned: called with the number of a sequence that was given back.
        """
        self._backbone = backbone
        self._returned = returned
        self._count = count
        self._free = list(range(count))
        self._fixed = tuple(fixed)
        self._kept: OrderedDict[tuple[int, ...], int] = OrderedDict()
        self._free_places = list(range(count + 1, count + 1 + PREFIXES)) if more_prefixes else []
        self._prefix_rows = (backbone.context - len(fixed)) // _PART_FOR_PREFIXES if more_prefixes else 0
        backbone.prefill_tokens(count, 0, fixed)
        self.capacity: int = backbone.context - len(fixed) - self._prefix_rows
        """Rows that all requests together may fill."""
        self._unreserved = self.capacity

    @staticmethod
    def places(count: int) -> int:
        """Sequence numbers that a pool of ``count`` sequences needs of the backbone."""
        return count + 1 + PREFIXES

    @property
    def in_use(self) -> int:
        """Sequences that are given out."""
        return self._count - len(self._free)

    def take(self, rows: int) -> Sequence | None:
        """An empty sequence that may grow by ``rows``; ``None`` if not now."""
        if not self._free or rows > self._unreserved:
            return None
        self._unreserved -= rows
        return Sequence(self._free.pop(), rows, 0)

    def give_back(self, sequence: Sequence) -> None:
        """Forget what the sequence holds and free its place."""
        self._backbone.remove_sequence(sequence.id)
        if self._returned is not None:
            self._returned(sequence.id)
        self._unreserved += sequence.reserved
        self._free.append(sequence.id)

    def use(self, prefix: tuple[int, ...], sequence: Sequence) -> bool:
        """Let the empty ``sequence`` begin with ``prefix``; false if that is not kept."""
        if prefix == self._fixed:
            place = self._count
        elif prefix in self._kept:
            self._kept.move_to_end(prefix)
            place = self._kept[prefix]
        else:
            return False
        self._backbone.copy_sequence(place, sequence.id)
        sequence.position = len(prefix)
        return True

    def keep(self, prefix: tuple[int, ...], sequence: Sequence) -> None:
        """Keep ``prefix``, which is all that ``sequence`` holds; not if it is too long to be kept."""
        if prefix == self._fixed or prefix in self._kept or len(prefix) > self._prefix_rows:
            return
        while not self._free_places or self._rows_kept() + len(prefix) > self._prefix_rows:
            _, place = self._kept.popitem(last=False)
            self._backbone.remove_sequence(place)
            self._free_places.append(place)
        place = self._free_places.pop()
        self._backbone.copy_sequence(sequence.id, place)
        self._kept[prefix] = place

    def _rows_kept(self) -> int:
        return sum(map(len, self._kept))
