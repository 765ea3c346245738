"""``wyoming-lfm2 satellite devices``: what can be heard with and spoken through."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from wyoming_lfm2.cli.command import CommandError


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "devices",
        help="list microphones and loudspeakers",
        description="Lists the sound server's sources and sinks, if there is one, and PortAudio's devices. "
        "--microphone and --loudspeaker take a name, or a part of one.",
    )
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Print them."""
    from wyoming_lfm2.satellite.sound.device import SoundError
    from wyoming_lfm2.satellite.sound.devices import list_devices

    try:
        found = asyncio.run(list_devices())
    except SoundError as error:
        raise CommandError(str(error)) from error
    for title, chosen in (
        ("Microphones", [device for device in found if device.records]),
        ("Loudspeakers", [device for device in found if device.plays]),
    ):
        print(title)
        for device in chosen:
            whose = "sound server" if device.of_server else "PortAudio"
            described = f"  {device.description}" if device.description != device.name else ""
            print(f"  {device.name}  ({whose}){described}")
        if not chosen:
            print("  none")
    return 0
