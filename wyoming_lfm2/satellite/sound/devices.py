"""Which microphones and loudspeakers there are, and how one is opened by its name.

Debian's PortAudio knows ALSA alone: of a machine with PulseAudio or PipeWire it lists ``pulse``, ``pipewire`` and
``default``, not the real sources and sinks. Those come from ``pactl``, and are chosen through the environment that the
server's ALSA plugin reads.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from wyoming_lfm2.invocation import pip
from wyoming_lfm2.satellite.sound.device import Loudspeaker, Microphone, SoundError
from wyoming_lfm2.satellite.sound.process import OPEN_TIMEOUT_S, ProcessLoudspeaker, ProcessMicrophone
from wyoming_lfm2.satellite.sound.processing import CaptureFormat

LOUDSPEAKER_RATE = 24_000
"""Hertz: what the model speaks, so that its sound needs no conversion."""

_CHILD = "wyoming_lfm2.satellite.sound.pyaudio_child"

_MEDIA_ROLE = {"PULSE_PROP": "media.role=assist application.name=wyoming-lfm2"}
"""What a sound server may duck other streams for."""

_SERVER_TIMEOUT_S = 3.0


@dataclass(frozen=True)
class SoundSettings:
    """How the satellite hears and is heard."""

    microphone: str = ""
    """Name or part of the name of a device, or of a sound server's source; empty: the default one."""

    loudspeaker: str = ""
    """Name or part of the name of a device, or of a sound server's sink; empty: the default one."""

    capture: CaptureFormat = field(default_factory=CaptureFormat)

    microphone_command: tuple[str, ...] = ()
    """A program that writes ``capture`` to its standard output, in the place of PyAudio."""

    loudspeaker_command: tuple[str, ...] = ()
    """A program that plays signed 16 bit mono at 24 kHz from its standard input, in the place of PyAudio."""


@dataclass(frozen=True)
class Device:
    """One that can be chosen by its name."""

    name: str
    description: str
    records: bool
    plays: bool
    of_server: bool
    """Whether it is a sound server's source or sink; else it is PortAudio's."""


async def list_devices() -> tuple[Device, ...]:
    """Everything that can be heard with or spoken through, the sound server's first.

    :raises SoundError: PyAudio is not installed or does not answer, and there is no sound server either.
    """
    server = await _server_devices()
    try:
        portaudio = await _portaudio_devices()
    except SoundError:
        if not server:
            raise
        portaudio = ()
    return (*server, *portaudio)


async def microphone(settings: SoundSettings) -> Microphone:
    """The microphone of the settings, not opened yet."""
    if settings.microphone_command:
        return ProcessMicrophone(settings.microphone_command, settings.capture)
    name, environment = await _routed(settings.microphone, "PULSE_SOURCE")
    arguments = (*_child("record", name), "--rate", str(settings.capture.rate))
    return ProcessMicrophone(arguments, settings.capture, environment=environment, says_ready=True)


async def loudspeaker(settings: SoundSettings) -> Loudspeaker:
    """The loudspeaker of the settings, not opened yet."""
    if settings.loudspeaker_command:
        return ProcessLoudspeaker(settings.loudspeaker_command, LOUDSPEAKER_RATE)
    name, environment = await _routed(settings.loudspeaker, "PULSE_SINK")
    arguments = (*_child("play", name), "--rate", str(LOUDSPEAKER_RATE))
    return ProcessLoudspeaker(arguments, LOUDSPEAKER_RATE, environment=environment, says_ready=True)


def _child(action: str, device: str) -> tuple[str, ...]:
    return (sys.executable, "-m", _CHILD, action, "--device", device)


async def _routed(name: str, variable: str) -> tuple[str, Mapping[str, str]]:
    """PortAudio's device for ``name``, and the environment that routes it to a sound server's."""
    if not name:
        return "", _MEDIA_ROLE
    records = variable == "PULSE_SOURCE"
    for device in await _server_devices():
        if (
            device.records if records else device.plays
        ) and name.lower() in f"{device.name} {device.description}".lower():
            return "pulse", {**_MEDIA_ROLE, variable: device.name}
    return name, _MEDIA_ROLE


async def _portaudio_devices() -> tuple[Device, ...]:
    status, output, complaints = await _run(_child("list", ""), OPEN_TIMEOUT_S)
    if status == 2:
        raise SoundError(
            f"PyAudio is not installed. Run: {pip()} install 'wyoming-lfm2[satellite]' "
            "(on Debian after: apt install portaudio19-dev), or set satellite.microphone_command"
        )
    if status != 0:
        raise SoundError(f"PortAudio does not list its devices: {complaints.strip() or f'status {status}'}")
    return tuple(
        Device(
            entry["name"], f"{entry['rate']} Hz", entry["inputs"] > 0, entry["outputs"] > 0, of_server=False
        )
        for entry in json.loads(output)
    )


async def _server_devices() -> tuple[Device, ...]:
    """The sources and sinks of PulseAudio, or of PipeWire by its PulseAudio server; none where neither runs."""
    if shutil.which("pactl") is None:
        return ()
    found: list[Device] = []
    for kind in ("sources", "sinks"):
        status, output, _ = await _run(("pactl", "--format=json", "list", kind), _SERVER_TIMEOUT_S)
        if status != 0:
            return ()
        with suppress(ValueError, TypeError, KeyError):
            found += [
                Device(
                    entry["name"],
                    entry.get("description") or "",
                    records=kind == "sources",
                    plays=kind == "sinks",
                    of_server=True,
                )
                for entry in json.loads(output)
            ]
    return tuple(found)


async def _run(arguments: Sequence[str], timeout_s: float) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, complaints = await asyncio.wait_for(process.communicate(), timeout_s)
    except TimeoutError:
        process.kill()
        await process.wait()
        return -1, "", f"no answer within {timeout_s:g} s"
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace"), complaints.decode(errors="replace")
