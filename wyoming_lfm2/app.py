"""The whole server: what is started, in which order, and how it ends.

1. The ports are bound, so that one in use is known before anything takes long.
2. The model is downloaded, if it is not here, and loaded. Nobody can connect meanwhile: Home Assistant asks again
   every few seconds, and a server that answers ``describe`` without being able to
   hear would be asked to.
3. Clients are let in, discovery announces the ports, systemd is told, and goes on being told while the model works.

The end goes the other way round: SIGTERM or SIGINT closes the ports, withdraws
the announcements, gives owed answers two seconds, tells the other clients, frees
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
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from wyoming_lfm2 import systemd
from wyoming_lfm2.config.settings import ServiceSettings, Settings
from wyoming_lfm2.discovery.announcer import Discovery
from wyoming_lfm2.engine.api import Converser, Heartbeat, Speaker, Transcriber
from wyoming_lfm2.engine.errors import EngineClosedError
from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri
from wyoming_lfm2.server.asr import AsrService
from wyoming_lfm2.server.backends import EngineRecognizer
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.heartbeat import STALLED_LIMIT_S, HeartbeatMonitor
from wyoming_lfm2.server.server import Server
from wyoming_lfm2.server.service import Service
from wyoming_lfm2.server.startup_checks import feasible_conversation
from wyoming_lfm2.server.tts import TtsService

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

STOP_S = 5.0
"""From the first signal to the end of the process, at most."""


_SAME_SIGNAL_S = 0.5
"""One wish to stop can arrive twice: ``timeout`` and terminals signal a process and then its group."""


class ResidentEngine(Transcriber, Speaker, Converser, Heartbeat, Protocol):
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


def run(settings: Settings, load: Loader, cache: Path, stalled_limit_s: float = STALLED_LIMIT_S) -> int:
    """Serve until a signal, or, on ``stdio://``, until the client has gone.

    :param cache: the folder for what has to last, made if it is needed.
    :param stalled_limit_s: seconds in one step of the model from which it hangs.
    :returns: the exit status.
    :raises ServiceError: the port cannot be opened.
    :raises ModelFileError: the model cannot be loaded.
    :raises SileroFileError: the voice activity detector's model cannot be read.
    :raises EngineClosedError: the engine has failed; whoever supervises the process may start it again.
    """
    return asyncio.run(_run(settings, load, cache, stalled_limit_s))


async def _run(settings: Settings, load: Loader, cache: Path, stalled_limit_s: float) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    on_signal = _SignalHandler(stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    try:
        await serve(settings, load, stop, cache, stalled_limit_s)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            # A signal that comes late, while Python shuts down, must not turn a good end into a bad one.
            if stop.is_set():
                signal.signal(number, lambda *_: os._exit(0))
    return 0


async def serve(
    settings: Settings,
    load: Loader,
    stop: asyncio.Event,
    cache: Path,
    stalled_limit_s: float = STALLED_LIMIT_S,
) -> None:
    """Serve until ``stop`` is set, or, on ``stdio://``, until the client has gone.

    :param cache: the folder for what has to last, made if it is needed.
    :param stalled_limit_s: seconds in one step of the model from which it hangs.
    :raises ServiceError: a port cannot be opened.
    :raises ModelFileError: the model cannot be loaded.
    :raises SileroFileError: the voice activity detector's model cannot be read.
    :raises EngineClosedError: the engine has failed.
    """
    ports = _ports(settings.service)
    # The outer ones end last, and whatever goes wrong in an inner one.
    async with AsyncExitStack() as at_last, AsyncExitStack() as at_first:
        at_last.callback(_LOGGER.info, "Stopped")
        ending: list[_Ending] = [port.server for port in ports]
        at_first.push_async_callback(_stop_all, ending)
        for port in ports:
            port.server.bind()
        engine = await _unless_stopped(load(), stop)
        if engine is None:
            return
        at_last.push_async_callback(engine.close)
        services = await _services(settings, engine)
        heartbeat = HeartbeatMonitor(engine, stalled_limit_s)
        for port in ports:
            await port.server.start([services[name] for name in port.services], heartbeat)
            if isinstance(port.server.uri, TcpUri):
                discovery = Discovery(
                    settings.discovery, port.server.hosts, port.server.uri.port, cache, name=port.name
                )
                discovery.start()
                ending.append(discovery)
            else:
                _LOGGER.info(
                    "Not announced by zeroconf: %s cannot be reached from the network", port.server.uri
                )
        uris = ", ".join(str(port.server.uri) for port in ports)
        systemd.notify("READY=1", f"STATUS=Serving {engine.info.name} on {uris}")
        await _unless_stopped(_until_over(ports[0].server, engine, heartbeat), stop)


@dataclass(frozen=True)
class _Port:
    server: Server
    services: tuple[str, ...]
    name: str | None
    """That discovery announces; None: the one of its settings."""


def _ports(settings: ServiceSettings) -> list[_Port]:
    """The port of the settings' uri, with all services, and the further ones."""
    ports = [_Port(Server(settings), ("asr", "tts", "conversation"), None)]
    for name, port in settings.ports.items():
        server = Server(settings, port.uri)
        if isinstance(server.uri, StdioUri):
            raise ServiceError(f"service.ports: {name}: only service.uri can be stdio://")
        ports.append(_Port(server, port.services, name))
    return ports


async def _services(settings: Settings, engine: ResidentEngine) -> dict[str, Service]:
    """All services by their names in the settings, ready for the first client."""
    name = settings.service.name
    recognizer = EngineRecognizer(engine, settings.hearing, settings.endpointing)
    asr = AsrService(name, recognizer, settings.log)
    tts = TtsService(name, engine, settings.speaking, settings.log)
    if engine.info.tts_unavailable_reason:
        _LOGGER.info("No speech output: %s", engine.info.tts_unavailable_reason)
    feasible = await feasible_conversation(settings.conversation, engine)
    conversation = ConversationService(name, engine, feasible, settings.log, on_said=tts.prepare)
    await asr.warm_up()
    await tts.warm_up()
    return {"asr": asr, "tts": tts, "conversation": conversation}


class _Ending(Protocol):
    async def stop(self) -> None: ...


async def _stop_all(ending: Sequence[_Ending]) -> None:
    """Stop all, whatever one of them raises, which is raised afterwards."""
    systemd.notify("STOPPING=1")
    # At once: the goodbye goes out while answers do.
    outcomes = await asyncio.gather(*(one.stop() for one in ending), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    if len(failures) > 1:
        raise ExceptionGroup("the server was not stopped in order", failures)
    if failures:
        raise failures[0]


async def _until_over(server: Server, engine: ResidentEngine, heartbeat: HeartbeatMonitor) -> None:
    """Return when the last client of pipes has gone; raise when there is nothing left to serve."""
    served = asyncio.ensure_future(server.wait_closed())
    failed = asyncio.ensure_future(engine.wait_closed())
    watching = asyncio.ensure_future(_watch(heartbeat))
    try:
        await asyncio.wait({served, failed}, return_when=asyncio.FIRST_COMPLETED)
        if not served.done():
            raise EngineClosedError("the engine has failed; see the log above")
    finally:
        for task in (served, failed, watching):
            task.cancel()
        await asyncio.gather(served, failed, watching, return_exceptions=True)


async def _watch(heartbeat: HeartbeatMonitor) -> None:
    """Say to systemd that all is well as long as the model does not hang, and to the log if it does."""
    deadline_s = systemd.watchdog_s()
    interval_s = min(heartbeat.interval_s, deadline_s / 3) if deadline_s else heartbeat.interval_s
    hung = False
    while True:
        if not heartbeat.hangs:
            hung = False
            if deadline_s:
                systemd.notify("WATCHDOG=1")
        elif not hung:
            hung = True
            _LOGGER.error("%s", heartbeat.error().text)
        await asyncio.sleep(interval_s)


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
