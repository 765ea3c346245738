"""One turn of a dialogue: a text goes to the model, ``handled`` and its fragments come back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wyoming.handle import Handled, HandledChunk, HandledStart, HandledStop, NotHandled

from ..engine.errors import CannotConverseError, ContextFullError, TextTooLongError
from ..engine.interface import Converser
from ..speaking.plain_form import PlainAnswer
from .ending import failures_end
from .phrases import Phrases
from .service import Client

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """What a ``transcript`` comes to."""

    text: str
    """For the model."""
    dialogue: str | None
    """The engine's name for it; None for a turn that stands alone."""
    system: str
    """System prompt."""
    context: dict[str, Any] | None
    """Returned to the client as it came."""
    refusal: str
    """Said in the place of an answer; the model is not asked. Empty if it is."""
    phrases: Phrases
    """In the language of whoever asked."""


class Answer:
    """Begins when made and the one before it is done; :attr:`finished` when nothing more is sent."""

    def __init__(
        self,
        client: Client,
        converser: Converser,
        turn: Turn,
        *,
        previous: Answer | None = None,
        log_text: bool = False,
        on_said: Callable[[str], None] | None = None,
    ) -> None:
        """Wait for ``previous``, then answer.

        :param previous: the answer before, which has to be given first.
        :param on_said: called with all of what was said.
        """
        self._client = client
        self._converser = converser
        self._turn = turn
        self._previous: asyncio.Task[None] | None = previous._task if previous is not None else None
        self._log_text = log_text
        self._on_said = on_said
        self._asked_at = time.monotonic()
        self._first_s: float | None = None
        self._said: list[str] = []
        self._closing = False
        self._task: asyncio.Task[None] = asyncio.create_task(self._run(), name="wyoming-lfm2 turn")

    @property
    def finished(self) -> bool:
        """Whether nothing more will be sent for it."""
        return self._task.done()

    async def wait(self) -> None:
        """Return when :attr:`finished`."""
        await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """Stop all work within one step of the model; the dialogue is as before the turn."""
        if not self._closing:  # never interrupt the cleaning up
            self._task.cancel()
        await self.wait()

    async def _run(self) -> None:
        # A failure gets neither handled nor not-handled: the half of an answer is no answer.
        with failures_end(self._client):
            if self._previous is not None:
                await asyncio.wait({self._previous})
                self._previous = None
            refusal = self._turn.refusal or await self._answer()
            if refusal:
                await self._say(refusal)
            await self._end(handled=not refusal)

    async def _answer(self) -> str:
        """Send the model's answer in fragments.

        :returns: what to say in its place, if it has none; else nothing.
        """
        turn = self._turn
        plain = PlainAnswer()
        fragments = self._converser.answer(turn.text, turn.dialogue, turn.system)
        try:
            try:
                async for fragment in fragments:
                    await self._say(plain.feed(fragment))
            finally:
                self._closing = True
                await fragments.aclose()
                self._closing = False
            # Only now: to the engine the turn has been said when the last fragment has been asked for.
            await self._say(plain.finish())
        except CannotConverseError:
            return turn.phrases.wordless
        except (TextTooLongError, ContextFullError):
            if self._said:
                raise
            return turn.phrases.too_long
        return "" if self._said else turn.phrases.speechless

    async def _say(self, text: str) -> None:
        if not text:
            return
        if not self._said:
            self._first_s = time.monotonic() - self._asked_at
            await self._client.send(HandledStart(context=self._turn.context).event())
        self._said.append(text)
        await self._client.send(HandledChunk(text=text).event())

    async def _end(self, *, handled: bool) -> None:
        text, context = "".join(self._said), self._turn.context
        # Logged before it is sent: a client may hang up on the very event.
        self._log(handled=handled)
        if handled:
            await self._client.send(Handled(text=text, context=context).event())
        else:
            await self._client.send(NotHandled(text=text, context=context).event())
        await self._client.send(HandledStop().event())
        if self._on_said is not None:
            self._on_said(text)

    def _log(self, *, handled: bool) -> None:
        _LOGGER.info(
            "%s: %s, the first sentence after %.2f s, all after %.2f s",
            self._client.name,
            "answered" if handled else "not answered",
            self._first_s or 0.0,
            time.monotonic() - self._asked_at,
        )
        if self._log_text:
            _LOGGER.info("%s: asked %r, answered %r", self._client.name, self._turn.text, "".join(self._said))
