"""Conversation on the Wyoming port: ``transcript`` (what was said to us), ``handled`` or ``intent`` (our answer)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from wyoming.event import Event
from wyoming.info import HandleModel, HandleProgram, Info, IntentModel, IntentProgram

from wyoming_lfm2 import __version__
from wyoming_lfm2.config.settings import ConversationSettings, LogSettings
from wyoming_lfm2.engine.api import Converser, EngineInfo
from wyoming_lfm2.protocol.errors import BadEventError, RequestError
from wyoming_lfm2.protocol.validation import require
from wyoming_lfm2.server.canned_replies import canned_replies_in
from wyoming_lfm2.server.conversation_context import ContextProvider, DateAndTime, conversation_prompt
from wyoming_lfm2.server.conversation_reply import ConversationReply, ConversationTurn
from wyoming_lfm2.server.home_control import HomeControl, what_there_is
from wyoming_lfm2.server.info import PROGRAM, resident_entry
from wyoming_lfm2.server.languages import match_language
from wyoming_lfm2.server.ordered_replies import OrderedReplies
from wyoming_lfm2.server.service import Client

_MOST_WAITING = 4
"""Answers of one client that may be owed at once; they are given in turn."""


class ConversationService:
    """The domain ``handle`` of the port. With a model that does not converse it says so, and advertises nothing.

    Nothing is kept here from one turn to the next: what was said before is the engine's to remember, and to
    bound, whatever a client takes for a ``conversation_id``.
    """

    def __init__(
        self,
        name: str,
        converser: Converser,
        conversation: ConversationSettings,
        log: LogSettings,
        on_said: Callable[[str], None] | None = None,
        context_providers: Sequence[ContextProvider] | None = None,
    ) -> None:
        """Answer with ``converser``, as ``conversation`` says.

        :param name: of the program, as clients show it.
        :param on_said: called with what a client has been answered.
        :param context_providers: tell the model what it cannot know; default: the date and time, if the settings
            want it told.
        """
        self._name = name
        self.converser = converser
        self._conversation = conversation
        self._home = HomeControl(conversation)
        if context_providers is None:
            context_providers = [DateAndTime()] if conversation.tell_time else []
        self.context_providers = tuple(context_providers)
        self.on_said = on_said
        self.log_texts = log.transcripts

    def describe(self, info: Info) -> None:
        """Add the program; see :class:`~.service.Service`."""
        resident = self.converser.info
        if not (self._conversation.enabled and resident.converses):
            return
        program = HandleProgram(
            name=self._name,
            attribution=PROGRAM,
            installed=True,
            description="LFM2-Audio conversation",
            version=__version__,
            models=[HandleModel(**resident_entry(resident))],
            supports_handled_streaming=True,
            supports_home_control=self._home.works(resident),
        )
        info.handle.append(program)
        if self._home.works(resident):
            info.intent.append(self._intent_program(resident))

    def _intent_program(self, resident: EngineInfo) -> IntentProgram:
        return IntentProgram(
            name=self._name,
            attribution=PROGRAM,
            installed=True,
            description="LFM2-Audio conversation with home control",
            version=__version__,
            models=[IntentModel(**resident_entry(resident))],
        )

    def session(self, client: Client) -> ConversationSession:
        """Begin with a new client."""
        return ConversationSession(self, client)

    def turn(self, event: Event) -> ConversationTurn:
        """What there is to do for a ``transcript``.

        :raises BadEventError: the event makes no sense.
        """
        require(event, text=str, language=str, context=dict)
        text = event.data.get("text")
        if text is None:
            raise BadEventError(f"{event.type} has no text")
        context = event.data.get("context")
        wanted = event.data.get("language")
        # Checked as an event of its own, so that it is called by its name.
        require(Event(f"context of {event.type}", context or {}), conversation_id=str)
        dialogue = (context or {}).get("conversation_id")

        resident = self.converser.info
        phrases = canned_replies_in(wanted, *resident.languages)
        refusal = ""
        language = resident.languages[0]
        if not self._conversation.enabled:
            refusal = phrases.switched_off
        elif not resident.converses:
            refusal = phrases.wordless
        elif len(text) > self._conversation.longest_text:
            refusal = phrases.too_long
        elif not any(sign.isalnum() for sign in text):
            refusal = phrases.nothing_heard
        else:
            try:
                language = match_language(wanted, resident.languages)
            except RequestError:
                refusal = phrases.understands_only(resident.languages)
        home = None
        if self._home.works(resident):
            system, home = self._home.turn(what_there_is(event), resident, language)
        else:
            system = conversation_prompt(self._conversation, resident, language)
        return ConversationTurn(
            text="" if refusal else _printable(text),
            language=language,
            dialogue=dialogue or None,
            system=system,
            home=home,
            context=context,
            refusal=refusal,
            phrases=phrases,
        )


class ConversationSession:
    """One client's turns, answered one after the other."""

    event_types: ClassVar[frozenset[str]] = frozenset(("transcript",))

    def __init__(self, service: ConversationService, client: Client) -> None:
        self._service = service
        self._client = client
        self._replies = OrderedReplies[ConversationReply](
            _MOST_WAITING, "turns of this connection are not answered yet"
        )

    @property
    def busy(self) -> bool:
        """Whether an answer is owed."""
        return self._replies.busy

    @property
    def open(self) -> bool:
        """The same: a turn is one event, complete when it has begun."""
        return self._replies.open

    async def handle(self, event: Event) -> None:
        """Take a ``transcript``; see :class:`~.service.Session`."""
        turn = self._service.turn(event)
        self._replies.begin(
            lambda previous: ConversationReply(
                self._client,
                self._service.converser,
                turn,
                previous=previous,
                log_text=self._service.log_texts,
                on_said=self._service.on_said,
                context_providers=self._service.context_providers,
            )
        )

    async def wait_idle(self) -> None:
        """Return when nothing is owed."""
        await self._replies.wait_idle()

    async def close(self) -> None:
        """Stop all work for this client."""
        await self._replies.close()


def _printable(text: str) -> str:
    """What was said, in signs that are or may be words: UTF-8 cannot carry all others."""
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()
