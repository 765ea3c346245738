"""One turn of a dialogue: a text goes to the model; ``handled`` and its fragments come back, or an ``intent``."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from wyoming.handle import Handled, HandledChunk, HandledStart, HandledStop, NotHandled
from wyoming.intent import Entity, Intent, NotRecognized

from wyoming_lfm2.engine.api import Converser
from wyoming_lfm2.engine.errors import CannotConverseError, ContextFullError, TextTooLongError
from wyoming_lfm2.intents.calls import Call, CallCertainty, CallError
from wyoming_lfm2.intents.definitions import Need
from wyoming_lfm2.server.canned_replies import CannedReplies
from wyoming_lfm2.server.conversation_context import ContextProvider, with_context
from wyoming_lfm2.server.home_control import HomeTurn, Refusal
from wyoming_lfm2.server.ordered_replies import Reply
from wyoming_lfm2.server.service import Client
from wyoming_lfm2.text.plain_text import PlainTextStream, plain_text

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class ConversationTurn:
    """What a ``transcript`` comes to."""

    text: str
    """What was said, for the model."""
    language: str
    """Tag of a language of the model."""
    dialogue: str | None
    """The engine's name for it; None for a turn that stands alone."""
    system: str
    """System prompt."""
    context: dict[str, Any] | None
    """Returned to the client as it came."""
    refusal: str
    """Said in the place of an answer; the model is not asked. Empty if it is."""
    phrases: CannedReplies
    """In the language of whoever asked."""
    home: HomeTurn | None = None
    """Set if the answer may be something to do."""


class ConversationReply(Reply):
    """Begins when made and the one before it is done; :attr:`finished` when nothing more is sent."""

    def __init__(
        self,
        client: Client,
        converser: Converser,
        turn: ConversationTurn,
        *,
        previous: ConversationReply | None = None,
        log_text: bool = False,
        on_said: Callable[[str], None] | None = None,
        context_providers: Sequence[ContextProvider] = (),
    ) -> None:
        """Wait for ``previous``, then answer.

        :param previous: the answer before, which has to be given first.
        :param on_said: called with all of what was said.
        :param context_providers: asked when it is this turn's turn.
        """
        self._converser = converser
        self._turn = turn
        self._log_text = log_text
        self._on_said = on_said
        self._context_providers = context_providers
        self._asked_at = time.monotonic()
        self._first_s: float | None = None
        self._said: list[str] = []
        self._call: Call | None = None
        super().__init__(client, previous, "wyoming-lfm2 turn")

    async def _work(self) -> None:
        await self._await_turn()
        # A failure gets neither handled nor not-handled: the half of an answer is no answer.
        refusal: Refusal | None = None
        if self._turn.refusal:
            refusal = Refusal(self._turn.refusal)
        else:
            text = await with_context(self._turn.text, self._turn.language, self._context_providers)
            self._turn = replace(self._turn, text=text)
            home = self._turn.home
            refusal = await self._answer(self._written() if home is None else self._chosen(home))
        if self._call is not None and refusal is None:
            await self._end_with_intent(self._call)
        else:
            await self._end(refusal)

    async def _answer(self, fragments: AsyncGenerator[str, None]) -> Refusal | None:
        """Send the model's answer in fragments, as far as it is words.

        :returns: what to say in its place, if it has none.
        """
        phrases = self._turn.phrases
        plain = PlainTextStream()
        try:
            async with aclosing(fragments):
                async for fragment in fragments:
                    await self._say(plain.feed(fragment))
            # Only now: to the engine the turn has been said when the last fragment has been asked for.
            await self._say(plain.finish())
        except _RefusedError as refused:
            return refused.refusal
        except CannotConverseError:
            return Refusal(phrases.wordless)
        except (TextTooLongError, ContextFullError) as error:
            if self._said:
                raise
            # It may be the settings that are too long; who has made them is not who is told so.
            _LOGGER.info("%s: %s", self._client.name, error)
            return Refusal(phrases.too_long)
        return None if self._said or self._call else Refusal(phrases.speechless)

    async def _written(self) -> AsyncGenerator[str, None]:
        """What the model says."""
        turn = self._turn
        async with self._ended(self._converser.answer(turn.text, turn.dialogue, turn.system)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def _chosen(self, home: HomeTurn) -> AsyncGenerator[str, None]:
        """What the model says; or, if it is to be done, it is in :attr:`_call` afterwards.

        :raises _RefusedError: it is not to be done. The turn has then never been said: who asks again, or
            goes on, shall not be answered as if it had been done.
        """
        turn = self._turn
        answer = CallCertainty()
        choosing = self._converser.choose(turn.text, home.grammar, turn.dialogue, turn.system, home.tools)
        async with self._ended(choosing) as fragments:
            async for written in fragments:
                if words := answer.feed(written.text, written.probability):
                    yield words
                elif answer.call_is_written and self._call is None:
                    self._call = self._checked(answer, home)
        if answer.calls:
            self._call = self._checked(answer, home)

    def _checked(self, answer: CallCertainty, home: HomeTurn) -> Call:
        phrases = self._turn.phrases
        try:
            call = answer.call()
        except CallError as error:
            # The error quotes what the model wrote.
            quoted = f": {error}" if self._log_text else ""
            _LOGGER.info("%s: the model wrote no call that can be carried out%s", self._client.name, quoted)
            raise _RefusedError(Refusal(phrases.unsure, recognized=False)) from None
        if refusal := home.refusal(call, answer.certainty, phrases):
            _LOGGER.info("%s: not done: %s, %.2f sure", self._client.name, call.kind.name, answer.certainty)
            raise _RefusedError(refusal)
        return call

    @asynccontextmanager
    async def _ended(self, fragments: AsyncGenerator[T, None]) -> AsyncIterator[AsyncGenerator[T, None]]:
        """``fragments``, closed at the end without being disturbed in it."""
        try:
            yield fragments
        finally:
            # A turn is part of its dialogue or has never been said: nothing in between.
            async with self._cleaning_up():
                await fragments.aclose()

    async def _say(self, text: str) -> None:
        if not text:
            return
        if not self._said:
            self._first_s = time.monotonic() - self._asked_at
            await self._client.send(HandledStart(context=self._turn.context).event())
        self._said.append(text)
        await self._client.send(HandledChunk(text=text).event())

    async def _end(self, refusal: Refusal | None) -> None:
        context = self._turn.context
        if refusal is not None and not refusal.recognized:
            self._log("not sure", refusal.text)
            await self._client.send(NotRecognized(text=refusal.text, context=context).event())
            self._has_said(refusal.text)
            return
        if refusal is not None:
            await self._say(refusal.text)
        text = "".join(self._said)
        # Logged before it is sent: a client may hang up on the very event.
        self._log("answered" if refusal is None else "not answered", text)
        final = Handled if refusal is None else NotHandled
        await self._client.send(final(text=text, context=context).event())
        await self._client.send(HandledStop().event())
        self._has_said(text)

    async def _end_with_intent(self, call: Call) -> None:
        assert self._turn.home is not None
        text = self._turn.home.confirmation(call, plain_text(call.said), self._turn.phrases)
        entities = [Entity(name, value) for name, value in call.slots.items()]
        self._log(f"answered with {call.kind.name}", f"{call} {text}")
        await self._client.send(
            Intent(name=call.kind.name, entities=entities, text=text, context=self._turn.context).event()
        )
        if call.kind.need is not Need.STATES:
            self._has_said(text)

    def _has_said(self, text: str) -> None:
        if self._on_said is not None:
            self._on_said(text)

    def _log(self, outcome: str, text: str) -> None:
        _LOGGER.info(
            "%s: %s, the first sentence after %.2f s, all after %.2f s",
            self._client.name,
            outcome,
            self._first_s or 0.0,
            time.monotonic() - self._asked_at,
        )
        if self._log_text:
            _LOGGER.info("%s: asked %r, answered %r", self._client.name, self._turn.text, text)


class _RefusedError(Exception):
    """What the model wants to do is not to be done."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal
