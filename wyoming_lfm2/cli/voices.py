"""``wyoming-lfm2 voices``: who can speak, by the model and the settings here or at a running server."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from wyoming_lfm2.cli.command import USAGE, CommandError
from wyoming_lfm2.cli.settings_options import MODEL, add_settings_options, gather
from wyoming_lfm2.config.settings import Settings

Listed = tuple[str, list[str], str]
"""Name, languages and description of a voice."""


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "voices",
        help="list the voices",
        description="Lists the voices of the model and of the settings, the default first. Loads no model.",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument(
        "--uri", metavar="URI", help="of the server there (tcp://HOST:PORT or unix:///PATH) instead"
    )
    add_settings_options(parser, MODEL)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the voices."""
    settings = gather(arguments).settings
    found = asyncio.run(_at_server(arguments.uri)) if arguments.uri is not None else _here(settings)
    if arguments.json:
        keys = ("name", "languages", "description")
        voices = [dict(zip(keys, voice, strict=True)) for voice in found]
        print(json.dumps(voices, ensure_ascii=False, indent=2))
        return 0
    rows = [("VOICE", "LANGUAGES", "WHAT")]
    rows += [(name, ", ".join(languages), description) for name, languages, description in found]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for row in rows:
        print(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip())
    return 0


def _here(settings: Settings) -> list[Listed]:
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.models.locate import locate_model_set
    from wyoming_lfm2.tts.voices import Voices

    try:
        model_set = locate_model_set(settings.model)
    except ModelFileError as error:
        raise CommandError(str(error)) from error
    if model_set.tts_unavailable_reason:
        raise CommandError(model_set.tts_unavailable_reason)
    voices = Voices(model_set.model.voices, settings.speaking.voices, settings.speaking.voice)
    return [(voice.name, list(voice.languages), voice.description) for voice in voices.all]


async def _at_server(uri: str) -> list[Listed]:
    from wyoming_lfm2.protocol.client import ClientError, connect
    from wyoming_lfm2.protocol.errors import ServiceError

    try:
        async with connect(uri) as client:
            info = await client.describe()
    except ServiceError as error:
        raise CommandError(str(error), USAGE) from error
    except ClientError as error:
        raise CommandError(str(error)) from error
    programs = [program for program in info.tts if program.installed]
    if not programs:
        raise CommandError(f"{uri}: offers no text to speech")
    return [
        (voice.name, voice.languages, voice.description or "")
        for program in programs
        for voice in program.voices
        if voice.installed
    ]
