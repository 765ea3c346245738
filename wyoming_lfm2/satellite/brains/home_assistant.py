"""Home Assistant as a satellite's brain: a port of our own to which it connects, and the one connection that counts.

Anybody may ask what is here. The first to send ``run-satellite`` owns the satellite, until its connection ends, is
silent for too long, or gives way because Home Assistant has paused the satellite and comes back by another one.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from wyoming.event import Event
from wyoming.info import Attribution, Info, Satellite, WakeModel, WakeProgram
from wyoming.ping import Pong

from wyoming_lfm2 import __version__
from wyoming_lfm2.config.settings import ServiceSettings
from wyoming_lfm2.protocol.errors import RequestError, ServiceError
from wyoming_lfm2.protocol.framing import MAX_HEADER, read_event
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri, UnixUri, parse_uri
from wyoming_lfm2.protocol.validation import require
from wyoming_lfm2.satellite.brains.brain import (
    AudioStart,
    Availability,
    BrainError,
    BrainEvent,
    HubMute,
    RunRequest,
    Unasked,
)
from wyoming_lfm2.satellite.brains.hub_link import HubLink, LinkLimits
from wyoming_lfm2.satellite.brains.hub_timers import timer_event
from wyoming_lfm2.satellite.timers import HubTimers
from wyoming_lfm2.server.allow_list import AllowList
from wyoming_lfm2.server.sockets import BACKLOG, bind_tcp, bind_unix

_LOGGER = logging.getLogger(__name__)

_MOST_CONNECTIONS = 32
_SILENT_S = 15.0
"""Home Assistant pings every two seconds; an owner that says nothing for so long has gone."""

_IDLE_S = 60.0
"""Of somebody who does not own the satellite."""

_UNLOADED_S = 2.0
"""A pause that is followed by the end of the connection so soon was no wish for a microphone that is off."""


@dataclass(frozen=True)
class HubSettings:
    """How the satellite appears to Home Assistant."""

    uri: str = "tcp://0.0.0.0:10700"
    name: str = "lfm2-satellite"
    area: str | None = None
    wake_words: tuple[tuple[str, str], ...] = ()
    """Names and phrases of those that are found here."""
    limits: LinkLimits = field(default_factory=LinkLimits)
    silent_s: float = _SILENT_S
    """An owner that says nothing for so long has gone."""


class HomeAssistantBrain:
    """Listens for Home Assistant; a :class:`~.brain.Brain`.

    :param service: who may connect.
    """

    name = "Home Assistant"

    def __init__(
        self,
        settings: HubSettings,
        service: ServiceSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """:raises ServiceError: the uri is none that can be listened on."""
        self._settings = settings
        self._uri = parse_uri(settings.uri)
        if isinstance(self._uri, StdioUri):
            raise ServiceError("A satellite cannot be on stdio://. Write tcp://HOST:PORT or unix:///PATH")
        self._allow_list = AllowList((service or ServiceSettings()).allow)
        self._clock = clock
        self._sockets: list[socket.socket] = []
        self._listeners: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._unasked: asyncio.Queue[Unasked] = asyncio.Queue()
        self._timers = HubTimers()
        self._link: HubLink | None = None
        self._last_event = 0.0
        self._paused_at: float | None = None
        self._links_of_sounds: deque[HubLink] = deque()
        """Of the sounds that were handed on and not reported as played yet: their connection may be gone by then."""

    # The port

    def bind(self) -> None:
        """Reserve the port; clients are let in by :meth:`start`.

        :raises ServiceError: it cannot be had; the text says what to do.
        """
        if isinstance(self._uri, TcpUri):
            self._sockets = bind_tcp(self._uri)
            self._uri = TcpUri(self._uri.host, self._sockets[0].getsockname()[1])
        elif isinstance(self._uri, UnixUri):
            self._sockets = [bind_unix(self._uri)]

    @property
    def uri(self) -> TcpUri | UnixUri | StdioUri:
        """Where it listens; after :meth:`bind` with the real port."""
        return self._uri

    @property
    def hosts(self) -> list[str]:
        """The addresses that are bound; none of a unix socket."""
        families = (socket.AF_INET, socket.AF_INET6)
        return [each.getsockname()[0] for each in self._sockets if each.family in families]

    async def start(self) -> None:
        """Let clients in."""
        if not self._sockets:
            self.bind()
        for each in self._sockets:
            start = asyncio.start_unix_server if each.family == socket.AF_UNIX else asyncio.start_server
            self._listeners.append(await start(self._accept, sock=each, limit=MAX_HEADER, backlog=BACKLOG))
        _LOGGER.info("Waiting for Home Assistant on %s", self._uri)

    async def close(self) -> None:
        """Hang up on everybody."""
        for listener in self._listeners:
            listener.close()
        for each in self._sockets:
            each.close()
        if isinstance(self._uri, UnixUri):
            self._uri.path.unlink(missing_ok=True)
        for task, writer in list(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    # A brain

    @property
    def available(self) -> bool:
        """Whether Home Assistant is connected."""
        return self._link is not None

    async def unasked(self) -> AsyncIterator[Unasked]:
        """See :class:`~.brain.Brain`."""
        while True:
            yield await self._unasked.get()

    def played(self) -> None:
        """See :class:`~.brain.Brain`."""
        if self._links_of_sounds:
            self._links_of_sounds.popleft().played()

    async def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """See :class:`~.brain.Brain`."""
        link = self._link
        if link is None:
            raise BrainError("Home Assistant is not connected.", "offline")
        async with aclosing(link.run(request, audio)) as events:
            async for event in events:
                if isinstance(event, AudioStart):
                    self._links_of_sounds.append(link)
                yield event

    # Connections

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock: socket.socket = writer.get_extra_info("socket")
        peer = "unix client"
        if sock.family != socket.AF_UNIX:
            peer = (writer.get_extra_info("peername") or ("?", 0))[0]
            if not self._allow_list.allows(peer):
                _LOGGER.warning("%s may not connect (service.allow)", peer)
                writer.transport.abort()
                return
        if len(self._connections) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer, peer), name="wyoming-lfm2 satellite client")
        self._connections[task] = writer
        task.add_done_callback(lambda done: self._connections.pop(done, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        link = HubLink(writer, lambda event: self._announce(link, event), self._settings.limits)
        try:
            while (event := await self._next_event(reader, link)) is not None:
                if not await self._take(event, link, peer):
                    break
        except RequestError as error:
            _LOGGER.warning("%s: %s; connection closed", peer, error.text)
        except TimeoutError:
            _LOGGER.info("%s: said nothing for too long; connection closed", peer)
        except OSError:
            _LOGGER.debug("%s: hung up", peer)
        except Exception:
            _LOGGER.exception("%s: a mistake in the satellite; connection closed", peer)
        finally:
            self._let_go(link)
            link.end()
            writer.transport.abort()

    def _announce(self, link: HubLink, event: Unasked) -> None:
        if isinstance(event, AudioStart):
            self._links_of_sounds.append(link)
        self._unasked.put_nowait(event)

    async def _next_event(self, reader: asyncio.StreamReader, link: HubLink) -> Event | None:
        # A paused owner is silent for as long as the microphone is switched off.
        patient = link is self._link and self._paused_at is not None
        limit = self._settings.silent_s if link is self._link else _IDLE_S
        async with asyncio.timeout(None if patient else limit):
            return await read_event(reader)

    async def _take(self, event: Event, link: HubLink, peer: str) -> bool:
        """Do what an event asks for; False: the connection is to be closed."""
        if link is self._link:
            self._last_event = self._clock()
        match event.type:
            case "describe":
                await link.send(self._info().event())
            case "ping":
                require(event, text=str)
                await link.send(Pong(text=event.data.get("text")).event())
            case "pong":
                pass
            case "run-satellite":
                return self._own(link, peer)
            case _ if link is not self._link:
                _LOGGER.info("%s: only the owner of the satellite may send %s", peer, event.type)
                return False
            case "pause-satellite":
                self._paused_at = self._clock()
                self._unasked.put_nowait(HubMute(True))
            case _:
                timer = timer_event(event, self._timers, self._clock())
                if timer is not None:
                    self._unasked.put_nowait(timer)
                else:
                    link.handle(event)
        return True

    def _own(self, link: HubLink, peer: str) -> bool:
        owner = self._link
        if owner is not None and owner is not link:
            if self._paused_at is None and self._clock() - self._last_event < self._settings.silent_s / 2:
                _LOGGER.warning("%s: the satellite is already used by another Home Assistant; refused", peer)
                return False
            self._let_go(owner)
            owner.hang_up("another one takes its place")
        self._link, self._last_event = link, self._clock()
        if self._paused_at is not None:
            self._paused_at = None
            self._unasked.put_nowait(HubMute(False))
        if owner is not link:
            _LOGGER.info("Home Assistant is connected from %s", peer)
            self._unasked.put_nowait(Availability(True))
        return True

    def _let_go(self, link: HubLink) -> None:
        if link is not self._link:
            return
        self._link = None
        _LOGGER.info("Home Assistant has gone")
        self._timers.clear()
        self._unasked.put_nowait(Availability(False))
        if self._paused_at is not None and self._clock() - self._paused_at < _UNLOADED_S:
            self._paused_at = None
            self._unasked.put_nowait(HubMute(False))

    def _info(self) -> Info:
        settings = self._settings
        ours: dict[str, Any] = {"attribution": Attribution(name="wyoming-lfm2", url=""), "installed": True}
        models = [
            WakeModel(name=name, phrase=phrase, languages=["en"], description=phrase, version=None, **ours)
            for name, phrase in settings.wake_words
        ]
        wake = [
            WakeProgram(
                name="wake-words", description="Wake words", version=__version__, models=models, **ours
            )
        ]
        satellite = Satellite(
            name=settings.name,
            description="wyoming-lfm2 satellite",
            version=__version__,
            area=settings.area,
            has_vad=False,
            active_wake_words=[name for name, _ in settings.wake_words],
            max_active_wake_words=max(1, len(settings.wake_words)),
            supports_trigger=True,
            **ours,
        )
        return Info(satellite=satellite, wake=wake if models else [])


def phrases(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Wake words as Home Assistant shows them: names with what is said."""
    return tuple((name, name.rpartition("/")[2].removesuffix(".json").replace("_", " ")) for name in names)
