"""Commands that are started when something happens to the satellite: lights, other players, whatever one wants.

A command is a list of arguments, and no shell reads it. It gets the event as one line of JSON on its standard
input. The satellite never waits for it, except at its own end. Commands of the same program run one after the
other, in the order of the events, so that a lamp shows the last state and not that of the slowest command; and so
do those that make others quieter and louder again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

_LOGGER = logging.getLogger(__name__)

EVERY_EVENT = "*"
"""The key of commands that are started for each event."""

_DUCKING = frozenset({"duck", "unduck"})
"""One after the other, whatever their programs; and none of them is ever left out."""

_ERROR_TEXT = 200
_REPEAT_S = 60.0


@dataclass(frozen=True)
class HookSettings:
    """Which commands, and their limits."""

    commands: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    """For each event (or ``*``) argument lists, of which the first is the program."""
    limit_s: float = 10.0
    """A command that takes longer is ended."""
    most_at_once: int = 16
    """Those that wait for their turn included; a command for which there is no room is left out."""


class Hooks:
    """Starts commands. To be used from one event loop."""

    def __init__(self, settings: HookSettings) -> None:
        self._settings = settings
        self._running: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}
        """Of each series of commands."""
        self._warned: dict[str, float] = {}

    def fire(self, event: str, data: Mapping[str, str | int | float | bool]) -> None:
        """Start the commands of an event, and return at once.

        :param data: goes to their standard input, together with ``event``.
        """
        commands = self._settings.commands
        line = json.dumps({"event": event, **data}, ensure_ascii=False).encode() + b"\n"
        for command in (*commands.get(event, ()), *commands.get(EVERY_EVENT, ())):
            if len(self._running) >= self._settings.most_at_once and event not in _DUCKING:
                self._warn(
                    command, f"not started for {event}: {len(self._running)} commands are still running"
                )
                continue
            series = "" if event in _DUCKING else "".join(command[:1])
            task = asyncio.create_task(self._run(command, line, self._last.get(series)))
            self._last[series] = task
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Let the commands that run come to their end, or to that of their time."""
        if self._running:
            await asyncio.wait(self._running)

    async def _run(self, command: Sequence[str], line: bytes, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                # A group of its own: what it starts ends with it, and Ctrl-C in our terminal does not reach it.
                start_new_session=True,
            )
        except (OSError, ValueError, TypeError) as error:
            self._warn(command, f"cannot be started ({getattr(error, 'strerror', None) or error})")
            return
        try:
            async with asyncio.timeout(self._settings.limit_s):
                _, errors = await process.communicate(line)
        except TimeoutError:
            self._warn(command, f"was ended: it took over {self._settings.limit_s:g} s")
        else:
            if process.returncode:
                said = errors.decode(errors="replace").strip()[-_ERROR_TEXT:]
                self._warn(command, f"ended with {process.returncode}: {said}")
        finally:
            await _end(process)

    def _warn(self, command: Sequence[str], what: str) -> None:
        """At most once a minute for each command: a broken one must not fill the log."""
        now = asyncio.get_running_loop().time()
        name = command[0] if command else ""
        if now - self._warned.get(name, -_REPEAT_S) >= _REPEAT_S:
            self._warned[name] = now
            _LOGGER.warning("The hook %s %s", " ".join(command), what)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it, with what it has started; does nothing where nothing is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
