"""The life of a request: answered in its turn, cancelled without a trace, and what fails ends its connection.

Every domain of the port answers requests in tasks of their own, so that the connection can read on. A
:class:`Reply` is one such task, :class:`OrderedReplies` are those of one client in one domain.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Generic, TypeVar

from wyoming_lfm2.audio.pcm import AudioFormatError
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.protocol.errors import ConnectionEndedError, RequestError
from wyoming_lfm2.server.service import Client

_LOGGER = logging.getLogger(__name__)


class Reply(ABC):
    """The answer to one request: begins when made; :attr:`finished` when answered, failed or cancelled.

    What goes wrong in :meth:`_work` becomes the ``error`` that ends the client's connection. A class that
    derives from this one calls ``super().__init__`` last: the task may begin as soon as it is made.
    """

    def __init__(self, client: Client, previous: Reply | None, name: str) -> None:
        """Begin.

        :param previous: the request before, whose answer has to go out first; see :meth:`_await_turn`.
        :param name: of the task, for whoever debugs.
        """
        self._client = client
        # The task, not the reply: a chain of replies would never be freed.
        self._previous = previous._task if previous is not None else None
        self._undisturbed = False
        self._task: asyncio.Task[None] = asyncio.create_task(self._run(), name=name)

    @property
    def finished(self) -> bool:
        """Whether nothing more will be sent for it."""
        return self._task.done()

    @property
    def complete(self) -> bool:
        """Whether nothing more is needed from the client to answer all of it."""
        return True

    @property
    def owed(self) -> bool:
        """Whether something is still to be sent, and nothing more is needed for it from the client."""
        return self.complete and not self.finished

    async def wait(self) -> None:
        """Return when :attr:`finished`."""
        await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """Stop all work within one step of the model; nothing more is sent. Can be repeated."""
        if not self._undisturbed:
            self._task.cancel()
        await self.wait()
        # Again, for a task that was cancelled before its first step.
        await self._clean_up()

    @abstractmethod
    async def _work(self) -> None:
        """Answer; what it raises ends the client's connection."""

    async def _clean_up(self) -> None:  # noqa: B027 - not every reply holds something
        """Free what the request holds. Never cancelled; called again by each :meth:`cancel`."""

    async def _await_turn(self) -> None:
        """Return when the request before is answered, or has ended otherwise."""
        if self._previous is not None:
            await asyncio.wait({self._previous})
            self._previous = None

    @asynccontextmanager
    async def _cleaning_up(self) -> AsyncIterator[None]:
        """:meth:`cancel` waits for what is done inside, without interrupting it."""
        self._undisturbed = True
        yield
        self._undisturbed = False

    async def _run(self) -> None:
        try:
            with _failures_end(self._client):
                await self._work()
        finally:
            self._undisturbed = True
            await self._clean_up()


ReplyT = TypeVar("ReplyT", bound=Reply)


class OrderedReplies(Generic[ReplyT]):
    """One client's replies in one domain, in the order of their requests."""

    def __init__(self, most: int, what: str) -> None:
        """Begin with none.

        :param most: that may be unfinished at once.
        :param what: they are, in words: ``requests of this connection are not answered yet``.
        """
        self._most = most
        self._what = what
        self._replies: list[ReplyT] = []

    @property
    def busy(self) -> bool:
        """Whether any is owed."""
        return any(reply.owed for reply in self._replies)

    @property
    def open(self) -> bool:
        """Whether any is not finished."""
        return any(not reply.finished for reply in self._replies)

    def begin(self, make: Callable[[ReplyT | None], ReplyT]) -> ReplyT:
        """Make the next reply and keep it until it is finished.

        :param make: is given the reply before, if that is not finished.
        :raises RequestError: with code ``busy``: there are too many; nothing is made.
        """
        self._replies = [reply for reply in self._replies if not reply.finished]
        if len(self._replies) >= self._most:
            raise RequestError(f"{self._most} {self._what}", "busy")
        reply = make(self._replies[-1] if self._replies else None)
        self._replies.append(reply)
        return reply

    async def wait_idle(self) -> None:
        """Return when all are finished for which nothing more is needed from the client."""
        for reply in tuple(self._replies):
            if reply.complete:
                await reply.wait()

    async def close(self) -> None:
        """Cancel all."""
        # At once: one that waits for another must not begin because that one has ended.
        await asyncio.gather(*(reply.cancel() for reply in self._replies))


@contextmanager
def _failures_end(client: Client) -> Iterator[None]:
    """Turn what the work inside raises into the ``error`` that ends the connection of ``client``.

    That the client is gone already is no failure; a cancellation passes through.
    """
    try:
        yield
    except ConnectionEndedError:
        pass
    except RequestError as error:
        client.fail(error)
    except (EngineError, AudioFormatError) as error:
        client.fail(RequestError(str(error), error.code))
    except Exception:
        _LOGGER.exception("%s: a mistake in the server", client.name)
        client.fail(RequestError("Internal error", "internal"))
