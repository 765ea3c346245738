"""The satellite: microphone, loudspeaker, wake words, and what answers (``satellite``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field

from wyoming_lfm2.config.sections.section import Place, Section


def _yaml(value: Any) -> Any:
    """The command line and the environment write lists and mappings as YAML does, on one line."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ValueError("it is not YAML, such as {okay_nabu: {sensitivity: high}}") from error


def _argument_lists(value: Any) -> Any:
    """One command may be written without a list around it; null is none."""
    read = _yaml(value)
    if not isinstance(read, dict):
        return read
    return {event: [one] if _is_command(one) else one for event, one in read.items()}


def _is_command(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, str) for part in value)


class WakeWordSettings(Section):
    """One wake word."""

    sensitivity: Annotated[float, Field(gt=0, lt=1)] | Literal["low", "medium", "high"] = "medium"
    """low, medium, high, or the probability from which it counts."""
    pipeline: str | None = None
    """What answers to it; default: the usual one."""


class SatelliteSettings(Section):
    """Microphone, loudspeaker, wake words, and what answers."""

    enabled: bool = False
    """`serve` is a satellite as well."""
    uri: str = "tcp://0.0.0.0:10700"
    """Port to which Home Assistant connects, as tcp://HOST:PORT or unix:///PATH."""
    name: str = "lfm2-satellite"
    """Home Assistant shows it as the title of the entry."""
    area: str | None = None
    """Room in which it stands; Home Assistant suggests it for the device."""
    brain: str = "auto"
    """auto, home-assistant, resident, or the uri of a Wyoming server (tcp://HOST:10300) that hears and answers."""
    away_s: float = Field(default=10.0, ge=0, le=3600)
    """With brain auto: the resident model answers when Home Assistant has not been connected for so many seconds."""
    wake: str = "local"
    """local: wake words are found here, by microWakeWord; none; or the uri of a Wyoming wake service."""
    wake_words: Annotated[dict[str, WakeWordSettings], BeforeValidator(_yaml)] = Field(default={})
    """Wake words by name, or by the path of a model's .json: {NAME: {sensitivity, pipeline}}; default: okay_nabu."""
    listen: Literal["on-request", "on-speech", "always"] = "on-request"
    """What begins a command: a wake word or button; any speech; nothing, the brain listens for a wake word itself."""
    microphone: str = ""
    """Name, or a part of it, of the device or the sound server's source; see `satellite devices`."""
    loudspeaker: str = ""
    """Name, or a part of it, of the device or the sound server's sink."""
    microphone_rate: int = Field(default=16_000, ge=8_000, le=192_000)
    """Hertz that the microphone records."""
    microphone_channels: int = Field(default=1, ge=1, le=32)
    """Channels that it records."""
    microphone_channel: int | None = Field(default=None, ge=0, le=31)
    """The one of them that is taken, counted from 0; default: the mean of all."""
    microphone_gain_db: float = Field(default=0.0, ge=-40, le=40)
    """How much louder the microphone is made."""
    microphone_command: tuple[str, ...] = ()
    """A program that records in the place of PyAudio, with its arguments: signed 16 bit on its standard output."""
    loudspeaker_command: tuple[str, ...] = ()
    """A program that plays in its place, with its arguments: signed 16 bit, 24 kHz, mono on its standard input."""
    echo: Literal["ducking", "speex", "off"] = "ducking"
    """The satellite's own voice in the microphone: quieter while somebody speaks; taken away by Speex; nothing."""
    stop_phrases: bool = True
    """With a model in this process, "stop" and the like end what is being said, and a ring."""
    silence_s: float = Field(default=0.5, ge=0.2, le=10)
    """Silence that ends a command, where the satellite or the resident model decides that."""
    follow_up_s: float = Field(default=5.0, ge=0, le=60)
    """How long a reply to a question of the brain is waited for, without a wake word; 0: not at all."""
    volume: float = Field(default=1.0, ge=0, le=1)
    """Of everything, until somebody changes it."""
    duck_db: float = Field(default=-15.0, ge=-60, le=0)
    """How much quieter the satellite's own sound becomes while somebody speaks over it."""
    chimes: tuple[Literal["awake", "done", "error", "muted"], ...] = ("awake", "error", "muted")
    """The short sounds that are played."""
    ring_db: float = Field(default=0.0, ge=-40, le=20)
    """How much louder than the rest a timer rings."""
    ring_s: float = Field(default=900.0, ge=1, le=86_400)
    """A timer that nobody stops rings for so long."""
    hooks: Annotated[dict[str, tuple[tuple[str, ...], ...]], BeforeValidator(_argument_lists)] = Field(
        default={}
    )
    """Commands for events: {EVENT: [PROGRAM, ARGUMENT, ...]}, * for all; see docs/satellite.md."""
    control: Place | None = None
    """Path of a unix socket by which other programs wake, stop, mute and hear the state; default: none."""
    state: Place | None = None
    """Folder in which volume and mute are kept over a restart; default: the folder of `model.cache`."""
    hook_limit_s: float = Field(default=10.0, ge=0.1, le=3600)
    """A command of `hooks` that takes longer is ended."""
