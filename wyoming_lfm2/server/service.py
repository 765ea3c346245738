"""What a domain of the port (speech to text, text to speech, conversation) gives to it, and gets from it.

A :class:`Service` lives as long as the port. For each connection it opens a
:class:`Session`, which holds that client's requests in this domain. The
connection calls the session for the event types that it names, and the session
answers through :class:`Client`, at once or later from a task of its own.
"""

from __future__ import annotations

from typing import Protocol

from wyoming.event import Event
from wyoming.info import Info

from wyoming_lfm2.protocol.errors import RequestError


class Client(Protocol):
    """The other end of a connection, as a session sees it."""

    @property
    def name(self) -> str:
        """Who it is, for log lines."""
        ...

    async def send(self, event: Event) -> None:
        """Send an event after all those sent before.

        :raises ConnectionEndedError: the client is gone or is being closed.
        """
        ...

    def fail(self, error: RequestError) -> None:
        """End the connection with this ``error``; nothing can be sent after it."""
        ...


class Session(Protocol):
    """One client's requests in one domain."""

    @property
    def event_types(self) -> frozenset[str]:
        """The event types that :meth:`handle` wants."""
        ...

    @property
    def busy(self) -> bool:
        """Whether the client is owed an answer and nothing more is needed from it."""
        ...

    @property
    def open(self) -> bool:
        """Whether any request has begun and is not yet answered."""
        ...

    async def handle(self, event: Event) -> None:
        """Take an event. Returns soon: the next one is read only then.

        :raises RequestError: ends the connection with this error.
        """
        ...

    async def wait_idle(self) -> None:
        """Return when nothing is :attr:`busy`."""
        ...

    async def close(self) -> None:
        """The client is gone: stop all work for it."""
        ...


class Service(Protocol):
    """A domain of the port."""

    def describe(self, info: Info) -> None:
        """Add this domain's programs to the answer to ``describe``."""
        ...

    def session(self, client: Client) -> Session:
        """Begin with a new client."""
        ...
