"""The ``wyoming-lfm2`` command: finds the sub-command, turns errors into one sentence and a status.

Nothing here, nor at the top of the commands' files, imports the model or NumPy, so
that ``--help`` answers at once and the environment can be set before OpenMP loads.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from wyoming_lfm2 import __version__
from wyoming_lfm2.cli import chat, doctor, health, models, satellite, serve, speak, transcribe, voices
from wyoming_lfm2.cli.command import USAGE, CommandError
from wyoming_lfm2.config.errors import SettingsError

COMMANDS = (serve, satellite, transcribe, speak, chat, voices, models, doctor, health)
"""In the order of the help; each has ``add_parser(subparsers)``, which sets ``run``."""

INTERRUPTED = 130
"""What a shell reports for a program that Ctrl-C ended."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="wyoming-lfm2",
        description="One resident LFM2-Audio model that hears and speaks for Home Assistant, over the "
        "Wyoming protocol.",
    )
    top.add_argument("--version", action="version", version=f"wyoming-lfm2 {__version__}")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 failed, 2 wrongly asked, 130 interrupted."""
    arguments = parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except SettingsError as error:
        return _end(error, USAGE)
    except CommandError as error:
        return _end(error, error.status)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain once more while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _end(error: Exception, status: int) -> int:
    for line in str(error).splitlines():
        print(f"wyoming-lfm2: {line}", file=sys.stderr)
    logging.getLogger(__name__).debug("the whole story:", exc_info=error)
    return status
