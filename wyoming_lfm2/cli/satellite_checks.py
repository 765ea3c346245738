"""What ``doctor`` looks at for a satellite: devices and wake words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import metadata

from wyoming_lfm2.cli.finding import Finding, State
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.invocation import pip


def satellite(settings: Settings) -> Iterator[Finding]:
    """Whether this machine could be a satellite; a problem only if it is to be one."""
    wanted = settings.satellite
    amiss = State.PROBLEM if wanted.enabled else State.NOTE
    commands = bool(wanted.microphone_command and wanted.loudspeaker_command)
    if not commands and not has_pyaudio():
        remedy = (
            f"Run: {pip()} install 'wyoming-lfm2[satellite]' (on Debian after: apt install portaudio19-dev)"
        )
        yield Finding(amiss, "not a satellite: PyAudio is not installed", remedy)
    else:
        yield _devices(settings, amiss)
    yield _wake_words(settings, amiss)


def has_pyaudio() -> bool:
    """Whether PyAudio is installed; it is not imported, for it says much on standard error."""
    try:
        metadata.version("pyaudio")
    except metadata.PackageNotFoundError:
        return False
    return True


def _devices(settings: Settings, amiss: State) -> Finding:
    from wyoming_lfm2.satellite.sound.device import SoundError
    from wyoming_lfm2.satellite.sound.devices import list_devices

    if settings.satellite.microphone_command:
        return Finding(State.GOOD, "sound by programs of the settings")
    try:
        found = asyncio.run(list_devices())
    except SoundError as error:
        return Finding(amiss, str(error))
    for wanted, kind, known in (
        (settings.satellite.microphone, "microphone", [each for each in found if each.records]),
        (settings.satellite.loudspeaker, "loudspeaker", [each for each in found if each.plays]),
    ):
        names = [f"{each.name} {each.description}".lower() for each in known]
        if not names:
            remedy = "Connect one, or start the sound server; a service needs the group audio"
            return Finding(amiss, f"there is no {kind}", remedy)
        if wanted and not any(wanted.lower() in name for name in names):
            remedy = "See `wyoming-lfm2 satellite devices`"
            return Finding(amiss, f"there is no {kind} called {wanted}", remedy)
    return Finding(State.GOOD, f"{len(found)} microphones and loudspeakers")


def _wake_words(settings: Settings, amiss: State) -> Finding:
    from wyoming_lfm2.satellite.assembly import wake_words
    from wyoming_lfm2.satellite.wake_word import WakeWordError

    try:
        wake_words(settings.satellite).close()
    except WakeWordError as error:
        return Finding(amiss, str(error))
    names = ", ".join(settings.satellite.wake_words) or "okay_nabu"
    return Finding(
        State.GOOD, f"wake words: {names if settings.satellite.wake == 'local' else settings.satellite.wake}"
    )
