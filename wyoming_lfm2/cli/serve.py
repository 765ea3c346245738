"""``wyoming-lfm2 serve``: the resident model behind the Wyoming port, until somebody stops it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from wyoming_lfm2 import __version__
from wyoming_lfm2.cli.command import USAGE, CommandError, abandonable, set_up_logging
from wyoming_lfm2.cli.model_files import obtain_model_set, warn_if_memory_is_short
from wyoming_lfm2.cli.settings_options import (
    LOG_LEVEL,
    MODEL,
    NO_DISCOVERY,
    URI,
    add_settings_options,
    gather,
)
from wyoming_lfm2.config.settings import Settings

if TYPE_CHECKING:
    from wyoming_lfm2.engine.engine import Engine
    from wyoming_lfm2.models.model_set import ModelSet

_LOGGER = logging.getLogger(__name__)


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the model to Home Assistant",
        description="Loads the model once and serves it over the Wyoming protocol until it is stopped.",
    )
    parser.add_argument(
        "--print-config",
        action="store_true",
        help="print the settings and where each came from, as a settings file, and end",
    )
    add_settings_options(parser, (URI, *MODEL, NO_DISCOVERY, LOG_LEVEL))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; both end it in order."""
    gathered = gather(arguments)
    settings = gathered.settings
    if arguments.print_config:
        from wyoming_lfm2.config.documentation import effective_yaml

        print(effective_yaml(settings, gathered.origins), end="")
        return 0
    set_up_logging(settings.log.level)
    return _serve(settings)


def _serve(settings: Settings) -> int:
    from wyoming_lfm2.engine.llama.process_environment import prepare
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.protocol.uri import parse_uri

    # Before anything that brings OpenMP along.
    prepare(settings.engine.wait_policy)
    try:
        parse_uri(settings.service.uri)
    except ServiceError as error:
        raise CommandError(str(error), USAGE) from error

    if settings.satellite.enabled:
        from wyoming_lfm2.cli.satellite import be_satellite

        return be_satellite(settings, with_model=True)

    from wyoming_lfm2 import app
    from wyoming_lfm2.asr.silero_weights import SileroFileError
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.models.storage import cache_folder

    try:
        return app.run(settings, loader(settings), cache_folder(settings.model.cache))
    except (ServiceError, ModelFileError, SileroFileError, EngineError) as error:
        raise CommandError(str(error)) from error


def loader(settings: Settings) -> Callable[[], Awaitable[Engine]]:
    """What gets and loads the model of the settings; to be made after the environment is prepared."""
    from wyoming_lfm2.engine.engine import Engine

    async def load() -> Engine:
        # A download may take an hour: the event loop has to hear of signals meanwhile.
        model_set = await abandonable(lambda: _obtain(settings))
        return await Engine.load(
            model_set,
            settings.engine,
            settings.hearing.longest_piece_s,
            settings.model.cache,
            settings.conversation,
        )

    return load


def _obtain(settings: Settings) -> ModelSet:
    """Find the model's files, or download them; CommandError as in `obtain_model_set`."""
    model_set = obtain_model_set(settings.model)
    _LOGGER.info("wyoming-lfm2 %s, loading %s", __version__, model_set.model.description)
    warn_if_memory_is_short(model_set, settings.engine)
    return model_set
