"""A satellite as a program: alone, without a model, or beside the resident model in one process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from wyoming_lfm2 import app, systemd
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.discovery.announcer import Discovery
from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.satellite import assembly
from wyoming_lfm2.satellite.brains.brain import Brain
from wyoming_lfm2.satellite.brains.home_assistant import HomeAssistantBrain
from wyoming_lfm2.satellite.brains.resident import ResidentBrain
from wyoming_lfm2.satellite.timers import LocalTimers

_LOGGER = logging.getLogger(__name__)

STOP_S = 5.0
"""From the first signal to the end of the process, at most."""


def run(settings: Settings, cache: Path, load: app.Loader | None = None) -> int:
    """Be a satellite until a signal.

    :param cache: the folder for what has to last.
    :param load: loads the model, which is served on its own port as well; None: there is none.
    :returns: the exit status.
    :raises ServiceError: a port cannot be opened, or a setting makes no sense.
    :raises WakeWordError: a wake word cannot be listened for.
    :raises ControlError: the control socket cannot be made.
    :raises ModelFileError: the model cannot be loaded.
    :raises EngineClosedError: the engine has failed.
    """
    return asyncio.run(_run(settings, cache, load))


async def _run(settings: Settings, cache: Path, load: app.Loader | None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stop, number)
    try:
        await serve(settings, cache, stop, load)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    return 0


def _stop(stop: asyncio.Event, number: signal.Signals) -> None:
    _LOGGER.info("%s: stopping", number.name)
    stop.set()
    # Not a task: neither a stuck event loop nor a thread that Python would wait for may hold this up.
    deadline = threading.Timer(STOP_S, os._exit, (0,))
    deadline.daemon = True
    deadline.start()


async def serve(settings: Settings, cache: Path, stop: asyncio.Event, load: app.Loader | None = None) -> None:
    """Be a satellite until ``stop`` is set; see :func:`run`."""
    timers = LocalTimers()
    port = assembly.hub(settings)
    if port is not None:
        port.bind()
    loaded: asyncio.Future[app.ResidentEngine] = asyncio.get_running_loop().create_future()
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait(), name="wyoming-lfm2 stop")]
    try:
        resident: ResidentBrain | None = None
        if load is not None:
            tasks.append(
                asyncio.create_task(
                    app.serve(settings, _telling(load, loaded), stop, cache), name="wyoming-lfm2 service"
                )
            )
            await asyncio.wait([loaded, *tasks], return_when=asyncio.FIRST_COMPLETED)
            if not loaded.done():
                _raise_first(tasks)
                return
            resident = ResidentBrain(loaded.result(), settings, timers)
        brain = assembly.choose_brain(settings, timers, port, resident)
        tasks.append(
            asyncio.create_task(
                _be_satellite(settings, brain, timers, port, cache, resident), name="wyoming-lfm2 satellite"
            )
        )
        if load is None:
            systemd.notify("READY=1", f"STATUS=Satellite, asks {brain.name}")
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        _raise_first(tasks)
    finally:
        stop.set()
        if load is None:
            systemd.notify("STOPPING=1")
        for task in tasks:
            # The service ends in order by itself when `stop` is set.
            if task.get_name() != "wyoming-lfm2 service":
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if port is not None:
            await port.close()
        _LOGGER.info("The satellite has stopped")


def _raise_first(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if task.done():
            task.result()


def _telling(load: app.Loader, loaded: asyncio.Future[app.ResidentEngine]) -> app.Loader:
    async def load_and_tell() -> app.ResidentEngine:
        engine = await load()
        if not loaded.done():
            loaded.set_result(engine)
        return engine

    return load_and_tell


async def _be_satellite(
    settings: Settings,
    brain: Brain,
    timers: LocalTimers,
    port: HomeAssistantBrain | None,
    cache: Path,
    resident: ResidentBrain | None,
) -> None:
    discovery: Discovery | None = None
    if port is not None and isinstance(port.uri, TcpUri):
        announced = settings.discovery.model_copy(update={"port": None})
        if announced.instance is not None:
            # Two ports under one name would be one device to Home Assistant.
            announced = announced.model_copy(update={"instance": f"{announced.instance[:50]} satellite"})
        discovery = Discovery(announced, port.hosts, port.uri.port, cache)
        discovery.start()
    _LOGGER.info("Satellite: asks %s", brain.name)
    try:
        transcribe = resident.transcribe if resident is not None else None
        await assembly.work(settings, brain, timers, cache, transcribe)
    except* ServiceError as errors:
        raise errors.exceptions[0] from None
    finally:
        if discovery is not None:
            with suppress(asyncio.CancelledError):
                await discovery.stop()
