"""``wyoming-lfm2 satellite``: a microphone, a loudspeaker and a wake word, for Home Assistant or without it."""

from __future__ import annotations

import argparse
from typing import Any

from wyoming_lfm2.cli.command import USAGE, CommandError, set_up_logging
from wyoming_lfm2.cli.satellite_checks import has_pyaudio
from wyoming_lfm2.cli.settings_options import (
    LOG_LEVEL,
    MODEL,
    NO_DISCOVERY,
    Short,
    add_settings_options,
    gather,
)
from wyoming_lfm2.config.settings import Settings

BRAIN = Short("--brain", "satellite.brain", "BRAIN")
SATELLITE = (
    Short("--uri", "satellite.uri", "URI"),
    Short("--name", "satellite.name", "NAME"),
    Short("--area", "satellite.area", "ROOM"),
    BRAIN,
    Short("--microphone", "satellite.microphone", "NAME"),
    Short("--loudspeaker", "satellite.loudspeaker", "NAME"),
    Short("--control", "satellite.control", "PATH"),
)


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    from wyoming_lfm2.cli import satellite_devices, satellite_test

    parser = subparsers.add_parser(
        "satellite",
        help="be a voice satellite: microphone, loudspeaker, wake word",
        description="Listens for the wake word, and lets Home Assistant, the resident model or a Wyoming server "
        "answer. Without a word behind it, it runs until it is stopped.",
    )
    parser.add_argument(
        "--with-model",
        action="store_true",
        help="load the model in this process, serve it, and let it answer where Home Assistant does not",
    )
    add_settings_options(parser, (*SATELLITE, *MODEL, NO_DISCOVERY, LOG_LEVEL))
    parser.set_defaults(run=run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=False)
    satellite_devices.add_parser(commands)
    satellite_test.add_parser(commands)


def run(arguments: argparse.Namespace) -> int:
    """Be a satellite until SIGTERM or SIGINT."""
    settings = gather(arguments).settings
    set_up_logging(settings.log.level)
    return be_satellite(settings, with_model=arguments.with_model or settings.satellite.brain == "resident")


def be_satellite(settings: Settings, *, with_model: bool) -> int:
    """Run until stopped.

    :raises CommandError: it cannot.
    """
    if with_model:
        from wyoming_lfm2.engine.llama.process_environment import prepare

        # Before anything that brings OpenMP along.
        prepare(settings.engine.wait_policy)
    from wyoming_lfm2 import satellite_app
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.models.storage import cache_folder
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.satellite.control import ControlError
    from wyoming_lfm2.satellite.sound.device import SoundError
    from wyoming_lfm2.satellite.wake_word import WakeWordError

    load = None
    if with_model:
        from wyoming_lfm2.cli.serve import loader

        load = loader(settings)
    _check_sound(settings)
    try:
        return satellite_app.run(settings, cache_folder(settings.model.cache), load)
    except (ControlError, ServiceError, SoundError, WakeWordError, ModelFileError, EngineError) as error:
        raise CommandError(str(error)) from error


def _check_sound(settings: Settings) -> None:
    """Raise CommandError at once where no device could ever be opened."""
    satellite = settings.satellite
    if satellite.microphone_command and satellite.loudspeaker_command:
        return
    if not has_pyaudio():
        from wyoming_lfm2.invocation import pip

        raise CommandError(
            "The satellite needs PyAudio: install portaudio19-dev and a C compiler, then run: "
            f"{pip()} install 'wyoming-lfm2[satellite]'. Or set satellite.microphone_command and "
            "satellite.loudspeaker_command, for example to arecord and aplay; see docs/satellite.md.",
            USAGE,
        )
