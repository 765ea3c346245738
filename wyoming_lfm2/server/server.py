"""The listening port: who may come in, how many, and how it all ends."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Sequence
from itertools import count

from wyoming.error import Error

from wyoming_lfm2.config.settings import ServiceSettings
from wyoming_lfm2.protocol.framing import MAX_HEADER, encode_event
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri, UnixUri, parse_uri
from wyoming_lfm2.server.allow_list import AllowList
from wyoming_lfm2.server.connection import Connection, ConnectionLimits
from wyoming_lfm2.server.heartbeat import HeartbeatMonitor
from wyoming_lfm2.server.service import Service
from wyoming_lfm2.server.sockets import BACKLOG, bind_tcp, bind_unix, remove_unix
from wyoming_lfm2.server.stdio import open_stdio, take_over

_LOGGER = logging.getLogger(__name__)

_GRACE_S = 2.0
"""Answers that are owed when the server stops may take this long."""

_FAREWELL_S = 1.0
"""After that, clients are told, and after this they are cut off."""


class Server:
    """The Wyoming port at one uri: :meth:`bind`, :meth:`start`, then :meth:`stop`."""

    def __init__(self, settings: ServiceSettings, uri: str | None = None) -> None:
        """Begin unbound.

        :param settings: its limits.
        :param uri: of a further port; default: that of the settings.
        :raises ServiceError: the uri is not one.
        """
        self._settings = settings
        self._uri = parse_uri(uri or settings.uri)
        self._allow_list = AllowList(settings.allow)
        self._services: Sequence[Service] = ()
        self._heartbeat: HeartbeatMonitor | None = None
        self._sockets: list[socket.socket] = []
        self._socket_inode = 0
        self._pipes: tuple[int, int] | None = None
        self._listeners: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._numbers = count(1)
        self._refusing = False

    def bind(self) -> None:
        """Reserve the port; clients are refused until :meth:`start`.

        :raises ServiceError: it cannot be had; the text says what to do.
        """
        if isinstance(self._uri, TcpUri):
            self._sockets = bind_tcp(self._uri)
            self._uri = TcpUri(self._uri.host, self._sockets[0].getsockname()[1])
        elif isinstance(self._uri, UnixUri):
            self._sockets = [bind_unix(self._uri)]
            self._socket_inode = self._uri.path.lstat().st_ino
        else:
            self._pipes = take_over()

    @property
    def uri(self) -> TcpUri | UnixUri | StdioUri:
        """Where the server is; after :meth:`bind` with the real port."""
        return self._uri

    @property
    def hosts(self) -> list[str]:
        """The addresses that are bound, none for a Unix socket or pipes."""
        families = (socket.AF_INET, socket.AF_INET6)
        return [sock.getsockname()[0] for sock in self._sockets if sock.family in families]

    async def start(self, services: Sequence[Service], heartbeat: HeartbeatMonitor | None = None) -> None:
        """Let clients in.

        :param heartbeat: of the model behind the services, if clients are to be told when it hangs.
        """
        self._services = services
        self._heartbeat = heartbeat
        for sock in self._sockets:
            if sock.family == socket.AF_UNIX:
                listener = await asyncio.start_unix_server(
                    self._accept, sock=sock, limit=MAX_HEADER, backlog=BACKLOG
                )
            else:
                listener = await asyncio.start_server(
                    self._accept, sock=sock, limit=MAX_HEADER, backlog=BACKLOG
                )
            self._listeners.append(listener)
        if self._pipes is not None:
            reader, writer = await open_stdio(*self._pipes)
            self._pipes = None
            self._serve(reader, writer, "stdio", half_open=True)
        _LOGGER.info("Listening on %s", self._uri)

    async def wait_closed(self) -> None:
        """Return when a stdio server's client has gone; never, for the others."""
        if isinstance(self._uri, StdioUri):
            while self._connections:
                await asyncio.wait(set(self._connections))
        else:
            await asyncio.get_running_loop().create_future()

    async def stop(self) -> None:
        """Stop accepting, let owed answers out, tell the others, cut off who does not listen.

        Takes at most a little over three seconds. Fine at any stage, and twice.
        """
        self._refusing = True
        for listener in self._listeners:
            listener.close()
        for sock in self._sockets:
            sock.close()
        for descriptor in self._pipes or ():
            os.close(descriptor)
        self._pipes = None
        if isinstance(self._uri, UnixUri) and self._socket_inode:
            remove_unix(self._uri.path, self._socket_inode)
        await asyncio.gather(*(connection.stop(_GRACE_S) for connection in self._connections.values()))
        if self._connections:
            await asyncio.wait(set(self._connections), timeout=_FAREWELL_S)
        for connection in self._connections.values():
            connection.abort()
        if self._connections:
            await asyncio.wait(set(self._connections), timeout=_FAREWELL_S)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Decide on a new client; a plain function, so that no task of the library's can fail."""
        sock: socket.socket = writer.get_extra_info("socket")
        if sock.family == socket.AF_UNIX:
            name = f"unix client {next(self._numbers)}"
        else:
            peer = writer.get_extra_info("peername") or ("?", 0)  # gone already
            name = f"[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"{peer[0]}:{peer[1]}"
            if not self._allow_list.allows(peer[0]):
                _LOGGER.warning("%s: refused, not in service.allow", name)
                writer.transport.abort()
                return
            # A client whose machine lost power is noticed some day.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._refusing:
            writer.transport.abort()
            return
        if len(self._connections) >= self._settings.connections:
            _LOGGER.warning("%s: refused, %d connections are open", name, len(self._connections))
            text = f"The server has all of its {self._settings.connections} connections in use"
            writer.write(encode_event(Error(text=text, code="too-many-connections").event()))
            writer.close()
            return
        self._serve(reader, writer, name)

    def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, half_open: bool = False
    ) -> None:
        limits = ConnectionLimits(
            idle_timeout_s=self._settings.idle_timeout_s,
            slow_reader_timeout_s=self._settings.slow_reader_timeout_s,
            half_open=half_open,
        )
        connection = Connection(
            reader, writer, name=name, services=self._services, limits=limits, heartbeat=self._heartbeat
        )
        task = asyncio.create_task(connection.run(), name=f"connection {name}")
        self._connections[task] = connection
        task.add_done_callback(lambda done: self._connections.pop(done, None))
