"""The dialogues that are remembered: few, not for long, and one turn at a time in each."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from wyoming_lfm2.engine.errors import EngineBusyError
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory

_MOST_TURNS = 4
"""Turns of one dialogue that may be here at once: one is answered, the others wait for it."""


class Dialogue:
    """One dialogue. Belongs to the event loop."""

    def __init__(self) -> None:
        self.history: DialogueHistory | None = None
        """What was said before; ``None`` before the first turn."""
        self.touched = 0.0
        """When something was last said, by the clock of its :class:`Dialogues`."""
        self.forgotten = False
        """Whether its :class:`Dialogues` remember it no longer; a turn that had begun goes on all the same."""
        self._lock = asyncio.Lock()
        self._turns = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until the turns before are over, and keep others waiting.

        :raises EngineBusyError: too many are waiting already.
        """
        if self._turns >= _MOST_TURNS:
            raise EngineBusyError("too many turns of this dialogue are waiting; try again later")
        self._turns += 1
        try:
            async with self._lock:
                yield
        finally:
            self._turns -= 1


class Dialogues:
    """Dialogues by their ids. Belongs to the event loop."""

    def __init__(
        self,
        number: int,
        minutes: float,
        clock: Callable[[], float] = time.monotonic,
        on_forgotten: Callable[[Dialogue], None] = lambda _: None,
    ) -> None:
        """Remember nothing yet.

        :param number: dialogues; one more, and the one that has rested longest is forgotten.
        :param minutes: a dialogue that has rested for so long is forgotten.
        :param clock: seconds that only ever grow.
        :param on_forgotten: called with each dialogue that is remembered no longer.
        """
        self._on_forgotten = on_forgotten
        self._number = number
        self._longest_rest_s = minutes * 60
        self._clock = clock
        # In the order in which they were touched.
        self._known: OrderedDict[bytes, Dialogue] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def get(self, name: str) -> Dialogue:
        """The dialogue of that id, an empty one if none is remembered; its rest begins anew.

        Whoever is in the middle of a turn of a dialogue that is forgotten here goes on with it.
        """
        # A client may think of ids of any length.
        key = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        self.expire()
        dialogue = self._known.setdefault(key, Dialogue())
        dialogue.touched = self._clock()
        self._known.move_to_end(key)
        if len(self._known) > self._number:
            self._forget_first()
        return dialogue

    def expire(self) -> float | None:
        """Forget what has rested for too long.

        :returns: seconds until there may be more of that; ``None`` if no dialogue is remembered.
        """
        now = self._clock()
        while self._known:
            left = next(iter(self._known.values())).touched + self._longest_rest_s - now
            if left >= 0:
                return left
            self._forget_first()
        return None

    def _forget_first(self) -> None:
        _, dialogue = self._known.popitem(last=False)
        dialogue.forgotten = True
        self._on_forgotten(dialogue)
