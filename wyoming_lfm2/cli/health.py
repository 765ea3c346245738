"""``wyoming-lfm2 health``: asks a running server whether its model answers."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from wyoming_lfm2.cli.command import USAGE, CommandError
from wyoming_lfm2.cli.settings_options import URI, add_settings_options, gather


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "health",
        help="ask a running server whether its model answers",
        description="Sends a spoken word to a running server and exits with 0 only if words "
        "come back or the server is only too busy. It is neither logged nor saved there.",
    )
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="SECONDS", help="longest wait for each answer (10)"
    )
    add_settings_options(parser, (URI,))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the server at ``service.uri``; a wildcard address means this machine."""
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.protocol.health import UnhealthyError, check_health

    settings = gather(arguments).settings
    try:
        print(asyncio.run(check_health(settings.service.uri, arguments.timeout)))
    except ServiceError as error:
        raise CommandError(str(error), USAGE) from error
    except UnhealthyError as error:
        raise CommandError(str(error)) from error
    return 0
