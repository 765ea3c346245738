"""The whole server: what is started, in which order, and how it ends.

1. The port is bound, so that one in use is known before anything takes long.
2. The model is downloaded, if it is not here, and loaded. Nobody can connect meanwhile: Home Assistant asks again
   every few seconds, and a server that answers ``describe`` without being able to
   hear would be asked to.
3. Clients are let in, systemd is told, discovery announces the port.

The end goes the other way round: SIGTERM or SIGINT closes the port, withdraws
the announcement, gives owed answers two seconds, tells the other clients, frees
the model and returns 0. That takes five seconds at most, whatever a client or the model does;
a second signal does not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from wyoming_lfm2 import systemd
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.discovery.announcer import Discovery
from wyoming_lfm2.engine.api import Converser, Speaker, Transcriber
from wyoming_lfm2.engine.errors import EngineClosedError
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.asr import AsrService
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server
from wyoming_lfm2.server.startup_checks import feasible_conversation
from wyoming_lfm2.server.tts import TtsService

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

STOP_S = 5.0
"""From the first signal to the end of the process, at most."""


_SAME_SIGNAL_S = 0.5
"""One wish to stop can arrive twice: ``timeout`` and terminals signal a process and then its group."""


class ResidentEngine(Transcriber, Speaker, Converser, Protocol):
    """An engine that has been loaded and has to be closed."""

    async def wait_closed(self) -> None:
        """Return when nothing can be asked of it any more: closed, or failed."""
        ...

    async def close(self) -> None:
        """Stop all work and free the model."""
        ...


Loader = Callable[[], Awaitable[ResidentEngine]]
"""Gets and loads the model; raises ModelFileError if a file is missing or wrong.

It may be cancelled at any time, and must not hold up the event loop meanwhile, however long it takes.
"""


def run(settings: Settings, load: Loader, cache: Path) -> int:
    """Serve until a signal, or, on ``stdio://``, until the client has gone.

    :param cache: the folder for what has to last, made if it is needed.
    :returns: the exit status.
    :raises ServiceError: the port cannot be opened.
    :raises ModelFileError: the model cannot be loaded.
    :raises EngineClosedError: the engine has failed; whoever supervises the process may start it again.
    """
    return asyncio.run(_run(settings, load, cache))


async def _run(settings: Settings, load: Loader, cache: Path) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    on_signal = _SignalHandler(stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    try:
        await serve(settings, load, stop, cache)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            # A signal that comes late, while Python shuts down, must not turn a good end into a bad one.
            if stop.is_set():
                signal.signal(number, lambda *_: os._exit(0))
    return 0


async def serve(settings: Settings, load: Loader, stop: asyncio.Event, cache: Path) -> None:
    """Serve until ``stop`` is set, or, on ``stdio://``, until the client has gone.

    :param cache: the folder for what has to last, made if it is needed.
    :raises ServiceError: the port cannot be opened.
    :raises ModelFileError: the model cannot be loaded.
    :raises EngineClosedError: the engine has failed.
    """
    server = Server(settings.service)
    server.bind()
    engine: ResidentEngine | None = None
    discovery: Discovery | None = None
    try:
        engine = await _unless_stopped(load(), stop)
        if engine is None:
            return
        asr = AsrService(settings.service.name, engine, settings.hearing, settings.endpointing, settings.log)
        tts = TtsService(settings.service.name, engine, settings.speaking, settings.log)
        if engine.info.tts_unavailable_reason:
            _LOGGER.info("No speech output: %s", engine.info.tts_unavailable_reason)
        conversation = await feasible_conversation(settings.conversation, engine)
        handle = ConversationService(
            settings.service.name, engine, conversation, settings.log, on_said=tts.prepare
        )
        await tts.warm_up()
        await server.start([asr, tts, handle])
        if isinstance(server.uri, TcpUri):
            discovery = Discovery(settings.discovery, server.hosts, server.uri.port, cache)
            discovery.start()
        else:
            _LOGGER.info("Not announced by zeroconf: %s cannot be reached from the network", server.uri)
        systemd.notify("READY=1", f"STATUS=Serving {engine.info.name} on {server.uri}")
        await _unless_stopped(_until_over(server, engine), stop)
    finally:
        systemd.notify("STOPPING=1")
        # At once: the goodbye goes out while answers do.
        await asyncio.gather(server.stop(), *([discovery.stop()] if discovery is not None else []))
        if engine is not None:
            await engine.close()
        _LOGGER.info("Stopped")


async def _until_over(server: Server, engine: ResidentEngine) -> None:
    """Return when the last client of pipes has gone; raise when there is nothing left to serve."""
    served = asyncio.ensure_future(server.wait_closed())
    failed = asyncio.ensure_future(engine.wait_closed())
    try:
        await asyncio.wait({served, failed}, return_when=asyncio.FIRST_COMPLETED)
        if not served.done():
            raise EngineClosedError("the engine has failed; see the log above")
    finally:
        served.cancel()
        failed.cancel()
        await asyncio.gather(served, failed, return_exceptions=True)


async def _unless_stopped(work: Awaitable[T], stop: asyncio.Event) -> T | None:
    """The result of ``work``, or None if ``stop`` came first; ``work`` is cancelled then."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return None
    finally:
        stopping.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await working


class _SignalHandler:
    """The first signal asks for an end in order, a later one for an end."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._first = 0.0

    def __call__(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            if time.monotonic() - self._first < _SAME_SIGNAL_S:
                return
            _LOGGER.warning("%s again: stopping at once", number.name)
            os._exit(128 + number)
        _LOGGER.info("%s: stopping", number.name)
        self._first = time.monotonic()
        self._stop.set()
        # Not a task: neither a stuck event loop nor a thread that Python would wait for may hold this up.
        deadline = threading.Timer(STOP_S, _give_up)
        deadline.daemon = True
        deadline.start()


def _give_up() -> None:
    _LOGGER.warning("Something did not stop within %g s and was left behind", STOP_S)
    logging.shutdown()
    os._exit(0)
