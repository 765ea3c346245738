"""Sequences of the one resident model: prefixes computed once, dialogues kept, a copy for each request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass

from wyoming_lfm2.engine.model.backbone import Backbone
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory

PREFIXES = 6
"""Prefixes that are kept at once besides the fixed one; the least recently used goes first."""

_PART_FOR_PREFIXES = 8
"""Kept prefixes may fill one part in so many of the context."""

_CONTEXT_STEP = 256
"""llama.cpp makes a context as large as the next multiple of this."""

DIALOGUES = 8
"""Dialogues that are kept at once; they fill what requests leave free."""


@dataclass(eq=False)
class _KeptDialogue:
    """What the last turn of a dialogue left in memory."""

    place: int
    rows: int
    users: int = 0
    """Requests that go on from it and hold on to its rows."""


@dataclass(frozen=True)
class Reserve:
    """What has to be free still when a sequence is given out."""

    sequences: int = 0
    rows: int = 0


@dataclass(eq=False)
class Sequence:
    """A request's own place in the model's memory."""

    id: int
    reserved: int
    """Rows of context set aside for it, on top of the fixed prefix."""
    position: int
    """Where its next row goes."""
    base: _KeptDialogue | None = None
    """The dialogue that it may go on with, whose rows it shares."""
    fork: Sequence | None = None
    """What began as it did and goes on otherwise, see :meth:`KvCache.fork`; freed with it."""


_NOTHING = Reserve()


class KvCache:
    """Hands out sequences, keeps prefixes for them, and counts the context they may fill.

    All sequences share one context. A sequence is given out only when all it may ever
    need is free, so that llama.cpp never runs out in the middle of a request. Kept dialogues
    do not count as needed: those that rested longest are forgotten for a request that has no room.
    """

    def __init__(
        self,
        backbone: Backbone,
        fixed: Items[int],
        count: int,
        *,
        more_prefixes: bool = False,
        dialogues: bool = False,
        returned: Callable[[int], None] | None = None,
    ) -> None:
        """Compute the fixed prefix.

        :param fixed: tokens of a prefix that is kept for ever.
        :param count: sequences, numbered from 0; prefixes, dialogues and forks come after them.
        :param more_prefixes: whether to set context aside for :meth:`keep`.
        :param dialogues: whether to have places for :meth:`keep_dialogue`.
        :param returned: called with the number of a sequence that was given back.
        """
        self._backbone = backbone
        self._returned = returned
        self.count = count
        """Sequences in all, given out or not."""
        self._free = list(range(count))
        self._fixed = tuple(fixed)
        self._kept: OrderedDict[tuple[int, ...], int] = OrderedDict()
        self._free_places = list(range(count + 1, count + 1 + PREFIXES)) if more_prefixes else []
        self._prefix_rows = (backbone.context - len(fixed)) // _PART_FOR_PREFIXES if more_prefixes else 0
        # The one that rested longest first.
        self._dialogues: OrderedDict[DialogueHistory, _KeptDialogue] = OrderedDict()
        first = count + 1 + PREFIXES
        self._free_dialogues = list(range(first, first + DIALOGUES)) if dialogues else []
        backbone.prefill_tokens(count, 0, fixed)
        self.capacity: int = backbone.context - len(fixed) - self._prefix_rows
        """Rows that all requests together may fill."""
        self._unreserved = self.capacity

    def context_for(self, rows: int) -> int:
        """The least setting ``engine.context`` that would give a request ``rows``, as llama.cpp rounds it."""
        parts = _PART_FOR_PREFIXES
        all_rows = rows if not self._prefix_rows else -(-rows * parts // (parts - 1))
        return -(-(len(self._fixed) + all_rows) // _CONTEXT_STEP) * _CONTEXT_STEP

    @staticmethod
    def places(count: int) -> int:
        """Sequence numbers that a pool of ``count`` sequences needs of the backbone."""
        return count + 1 + PREFIXES + DIALOGUES + count

    @property
    def in_use(self) -> int:
        """Sequences that are given out."""
        return self.count - len(self._free)

    @property
    def rows_taken(self) -> int:
        """Rows that are set aside for sequences that are given out, and for dialogues."""
        return self.capacity - self._unreserved

    def take(
        self,
        rows: int,
        after: DialogueHistory | None = None,
        *,
        leave: Reserve = _NOTHING,
        best_effort: bool = False,
    ) -> Sequence | None:
        """An empty sequence that may grow to ``rows``; ``None`` if not now.

        :param after: a dialogue that it may :meth:`go_on` with. If that is kept, its rows
            are shared, and it stays until the sequence is given back.
        :param leave: what has to be free for others then; dialogues that could be forgotten count as free.
        :param best_effort: it is not worth forgetting a dialogue for.
        """
        base = self._dialogues.get(after) if after is not None else None
        needed = rows - base.rows if base else rows
        if len(self._free) <= leave.sequences or (best_effort and needed > self._unreserved):
            return None
        if not self._make_room(needed, base, leave.rows):
            return None
        self._unreserved -= needed
        if base:
            base.users += 1
        return Sequence(self._free.pop(), needed, 0, base)

    def give_back(self, sequence: Sequence) -> None:
        """Forget what the sequence holds and free its place."""
        if sequence.fork:
            self._backbone.remove_sequence(sequence.fork.id)
        self._backbone.remove_sequence(sequence.id)
        if self._returned is not None:
            self._returned(sequence.id)
        if sequence.base:
            sequence.base.users -= 1
        self._unreserved += sequence.reserved
        self._free.append(sequence.id)

    def use(self, prefix: tuple[int, ...], sequence: Sequence) -> bool:
        """Let the empty ``sequence`` begin with ``prefix``; false if that is not kept."""
        if prefix == self._fixed:
            place = self.count
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

    def go_on(self, sequence: Sequence) -> bool:
        """Let the empty ``sequence`` begin with the dialogue it was taken for; false if that was not kept."""
        if sequence.base is None:
            return False
        self._backbone.copy_sequence(sequence.base.place, sequence.id)
        sequence.position = sequence.base.rows
        return True

    def fork(self, sequence: Sequence) -> Sequence:
        """Begin a second sequence with what ``sequence`` holds; it may grow within the same reservation."""
        place = self.places(self.count) - self.count + sequence.id
        self._backbone.copy_sequence(sequence.id, place)
        sequence.fork = Sequence(place, 0, sequence.position)
        return sequence.fork

    def keep_dialogue(self, history: DialogueHistory, sequence: Sequence) -> None:
        """Keep ``history``, which is all that ``sequence`` holds, instead of what that went on from.

        The sequence may not grow any more. Nothing is kept where there is no room for it.
        """
        # From here on the rows are the dialogue's, and no longer set aside for the request.
        self._unreserved += sequence.reserved
        sequence.reserved = 0
        self.forget_dialogue(sequence)
        if not self._free_dialogues:
            self._forget(set(self._resting()[:1]))
        if not self._free_dialogues or not self._make_room(sequence.position, None):
            return
        place = self._free_dialogues.pop()
        self._backbone.copy_sequence(sequence.id, place)
        self._unreserved -= sequence.position
        self._dialogues[history] = _KeptDialogue(place, sequence.position)

    def forget(self, history: DialogueHistory) -> None:
        """Keep ``history`` no longer, if it is kept and no request goes on from it."""
        kept = self._dialogues.get(history)
        if kept is not None:
            self._forget({kept})

    def forget_dialogue(self, sequence: Sequence) -> None:
        """Keep the dialogue no longer that ``sequence`` went on from, unless others go on from it, too.

        The sequence may not grow any more.
        """
        base, sequence.base = sequence.base, None
        if base:
            base.users -= 1
            self._forget({base})

    def _make_room(self, rows: int, needed: _KeptDialogue | None, more: int = 0) -> bool:
        """Have ``rows`` unreserved, for which dialogues other than ``needed`` may be forgotten, if it helps.

        :param more: rows that could be had as well.
        """
        going: set[_KeptDialogue] = set()
        room = self._unreserved
        resting = [kept for kept in self._resting() if kept is not needed]
        if room + sum(kept.rows for kept in resting) < rows + more:
            return False
        for kept in resting:
            if room >= rows:
                break
            going.add(kept)
            room += kept.rows
        self._forget(going)
        return True

    def _resting(self) -> list[_KeptDialogue]:
        return [kept for kept in self._dialogues.values() if not kept.users]

    def _forget(self, going: set[_KeptDialogue]) -> None:
        """Free those of ``going`` that nobody uses."""
        for history, kept in list(self._dialogues.items()):
            if kept in going and not kept.users:
                del self._dialogues[history]
                self._backbone.remove_sequence(kept.place)
                self._free_dialogues.append(kept.place)
                self._unreserved += kept.rows

    def _rows_kept(self) -> int:
        return sum(map(len, self._kept))
