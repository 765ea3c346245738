"""One client: its events in, our events out, and the end of it.

The library's handler reads the next event only when the last one has been dealt
with. Here reading never waits for a model: sessions do their work in tasks, so
``describe``, ``ping`` and a hang-up are noticed at any time. However the
connection ends, this file ends it: sessions only ask for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info, SelectProgram
from wyoming.ping import Ping, Pong

from wyoming_lfm2.protocol.errors import ConnectionEndedError, RequestError
from wyoming_lfm2.protocol.extensions import STALLED_S
from wyoming_lfm2.protocol.framing import encode_event, read_event
from wyoming_lfm2.protocol.validation import parse, require
from wyoming_lfm2.server.heartbeat import HeartbeatMonitor
from wyoming_lfm2.server.service import Service, Session

_LOGGER = logging.getLogger(__name__)

_LINGER_S = 2.0
"""After an error the client's bytes are read and dropped for this long at most: closing
with unread bytes resets the connection, and the client may never see the error."""

_SOUND_REQUESTS = frozenset(("synthesize", "synthesize-start"))

_BROKEN_OFF = encode_event(Event("audio-chunk", payload=bytes(2)))[:-1]
"""Ends, behind an ``error``, a connection on which sound was asked for. Home Assistant before 2026.11 passes over
the error, takes what it got for the whole sound, keeps it in its cache and says it for the same text for ever;
only a connection that ends inside an event is a failure to it."""

_LET_GO_S = 5.0
"""The model lets go of a request within a step; if that takes longer, it is left to it, and the client told."""

_CLOSE_S = 1.0
"""A client that does not take the last bytes in this time is cut off."""


@dataclass(frozen=True)
class ConnectionLimits:
    """What one client may take."""

    idle_timeout_s: float | None
    """Seconds without a complete event, and nothing owed to the client; None: any."""
    slow_reader_timeout_s: float
    """Seconds in which a client must make room for an answer."""
    half_open: bool = False
    """The end of the client's stream means "no more requests", not "I am gone" (pipes)."""


class Connection:
    """Implements :class:`~.service.Client` over a stream."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        name: str,
        services: Sequence[Service],
        limits: ConnectionLimits,
        heartbeat: HeartbeatMonitor | None = None,
    ) -> None:
        """:param heartbeat: of the model, if requests are to fail when it hangs."""
        self._reader = reader
        self._writer = writer
        self._name = name
        self._services = services
        self._limits = limits
        self._heartbeat = heartbeat
        self._sessions: list[Session] = [service.session(self) for service in services]
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[RequestError | None] = self._loop.create_future()
        self._last_event = self._loop.time()
        self._sound_was_asked_for = False
        self._closing: asyncio.Future[list[BaseException | None]] | None = None

    @property
    def name(self) -> str:
        """Who it is, for log lines."""
        return self._name

    async def run(self) -> None:
        """Serve the client until either side ends it; never raises for what a client does."""
        _LOGGER.debug("%s: connected", self._name)
        reading = asyncio.create_task(self._read_events())
        watching = asyncio.gather(self._watch_idle(), self._watch_model())
        try:
            error = await asyncio.shield(self._end)
            await self._finish(error, reading)
        finally:
            self._end_with(None)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._stop_work(reading)
            await self._close_stream()
            _LOGGER.debug("%s: closed", self._name)

    async def send(self, event: Event) -> None:
        """Send an event after all those sent before; see :class:`~.service.Client`."""
        if self._end.done():
            raise ConnectionEndedError
        await self._write(event)

    def fail(self, error: RequestError) -> None:
        """End the connection with this ``error``; nothing can be sent after it."""
        self._end_with(error)

    async def stop(self, grace_s: float) -> None:
        """The server is stopping: let owed answers out for ``grace_s``, then end the connection."""
        try:
            async with asyncio.timeout(grace_s):
                await asyncio.gather(*(session.wait_idle() for session in self._sessions))
        except TimeoutError:
            pass
        unfinished = any(session.open for session in self._sessions)
        self._end_with(RequestError("The server is stopping", "closed") if unfinished else None)

    def abort(self) -> None:
        """Cut the client off without another word."""
        self._end_with(None)
        self._cut_off()

    def _end_with(self, error: RequestError | None) -> None:
        if not self._end.done():
            self._end.set_result(error)

    async def _read_events(self) -> None:
        """Turn the client's bytes into calls until it hangs up or breaks a rule."""
        error: RequestError | None = None
        try:
            while (event := await read_event(self._reader)) is not None:
                self._last_event = self._loop.time()
                await self._dispatch(event)
            if self._limits.half_open:
                await asyncio.gather(*(session.wait_idle() for session in self._sessions))
        except RequestError as request_error:
            error = request_error
        except (OSError, ConnectionEndedError):
            _LOGGER.debug("%s: hung up", self._name)
        except Exception:
            _LOGGER.exception("%s: a mistake in the server; connection closed", self._name)
            error = RequestError("Internal error", "internal")
        self._end_with(error)

    async def _dispatch(self, event: Event) -> None:
        """Answer what every port answers; pass the rest to the sessions; ignore what nobody knows."""
        if Describe.is_type(event.type):
            await self.send(self._info().event())
        elif Ping.is_type(event.type):
            require(event, text=str)
            pong = Pong(text=parse(Ping, event).text).event()
            if self._heartbeat is not None:
                pong.data[STALLED_S] = self._heartbeat.stalled_s()
            await self.send(pong)
        elif SelectProgram.is_type(event.type):
            # One program a domain: there is nothing to choose, and unknown names are ignored.
            require(event, name=str)
            parse(SelectProgram, event)
        else:
            self._sound_was_asked_for |= event.type in _SOUND_REQUESTS
            for session in self._sessions:
                if event.type in session.event_types:
                    if self._heartbeat is not None and self._heartbeat.hangs:
                        raise self._heartbeat.error()
                    await session.handle(event)

    def _info(self) -> Info:
        info = Info()
        for service in self._services:
            service.describe(info)
        return info

    async def _watch_idle(self) -> None:
        """Close the connection when nothing has happened on it for too long."""
        limit = self._limits.idle_timeout_s
        while limit is not None:
            await asyncio.sleep(self._last_event + limit - self._loop.time())
            if any(session.busy for session in self._sessions):
                self._last_event = self._loop.time()
            elif self._loop.time() >= self._last_event + limit:
                self.fail(RequestError(f"Nothing was received for {limit:g} s", "idle"))
                return

    async def _watch_model(self) -> None:
        """Close the connection when something is owed on it and the model hangs."""
        if self._heartbeat is None:
            return
        while not (self._heartbeat.hangs and any(s.busy for s in self._sessions)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(self._heartbeat.interval_s)
        self.fail(self._heartbeat.error())

    async def _stop_work(self, reading: asyncio.Task[None]) -> None:
        """Read no more, and stop all work for the client; a model that hangs is not waited for."""
        reading.cancel()
        if self._closing is None:
            self._closing = asyncio.gather(
                reading, *(session.close() for session in self._sessions), return_exceptions=True
            )
        await asyncio.wait({self._closing}, timeout=_LET_GO_S)

    async def _write(self, event: Event) -> None:
        try:
            async with asyncio.timeout(self._limits.slow_reader_timeout_s):
                self._writer.write(encode_event(event))
                await self._writer.drain()
        except TimeoutError:
            _LOGGER.warning("%s: stopped reading; connection closed", self._name)
            self.abort()
            raise ConnectionEndedError from None
        except (OSError, RuntimeError):
            self._end_with(None)
            raise ConnectionEndedError from None

    async def _finish(self, error: RequestError | None, reading: asyncio.Task[None]) -> None:
        """Say why the connection ends and see to it that the client can hear it."""
        if error is None:
            return
        level = logging.INFO if error.code in ("idle", "closed") else logging.WARNING
        _LOGGER.log(level, "%s: %s (%s); connection closed", self._name, error.text, error.code)
        # Whoever is idle with nothing open has got all the sound that there was.
        owed = self._sound_was_asked_for and (error.code != "idle" or any(s.open for s in self._sessions))
        await self._stop_work(reading)
        try:
            await self._write(Error(text=error.text, code=error.code).event())
            if owed:
                self._writer.write(_BROKEN_OFF)
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(65536):
                    pass
        except (OSError, RuntimeError, TimeoutError, ConnectionEndedError):
            pass

    async def _close_stream(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._cut_off()

    def _cut_off(self) -> None:
        # A pipe's transport that is closed already fails over its own missing loop.
        with suppress(AttributeError):
            self._writer.transport.abort()
