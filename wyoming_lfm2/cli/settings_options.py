"""Command line options that set settings: short names for the common ones, ``--set`` for all."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.config.errors import SettingsError
from wyoming_lfm2.config.loading import GatheredSettings, gather_settings
from wyoming_lfm2.config.tree import leaves


@dataclass(frozen=True)
class Short:
    """A short name for a setting."""

    option: str
    path: str
    """``section.key``."""
    metavar: str | None
    """What the help calls the value; None for a flag."""
    flag_value: str = "true"
    """What the flag sets."""

    @property
    def attribute(self) -> str:
        """Where argparse keeps it."""
        return self.option.lstrip("-").replace("-", "_") + "_setting"


URI = Short("--uri", "service.uri", "URI")
NO_DISCOVERY = Short("--no-discovery", "discovery.enabled", None, "false")
MODEL = (
    Short("--model", "model.name", "NAME"),
    Short("--quantization", "model.quantization", "Q"),
    Short("--model-directory", "model.directory", "FOLDER"),
    Short("--cache", "model.cache", "FOLDER"),
    Short("--offline", "model.offline", None),
    Short("--threads", "engine.threads", "N"),
)
STORAGE = (
    Short("--cache", "model.cache", "FOLDER"),
    Short("--offline", "model.offline", None),
)
LOG_LEVEL = Short("--log-level", "log.level", "LEVEL")


def add_settings_options(parser: argparse.ArgumentParser, shorts: Iterable[Short]) -> None:
    """Add ``--config``, ``--set`` and the short names; :func:`gather` reads them."""
    group = parser.add_argument_group(
        "settings", "stronger than the environment (WYOMING_LFM2_SECTION_KEY) and the settings file"
    )
    group.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings file, in YAML")
    help_of = {leaf.path: leaf.help for leaf in leaves()}
    chosen = tuple(shorts)
    for short in chosen:
        text = f"{help_of[short.path]} [{short.path}]".replace("%", "%%")
        if short.metavar is None:
            text = f"set {short.path} to {short.flag_value}: {help_of[short.path]}".replace("%", "%%")
            group.add_argument(
                short.option, dest=short.attribute, action="store_const", const=short.flag_value, help=text
            )
        else:
            group.add_argument(short.option, dest=short.attribute, metavar=short.metavar, help=text)
    group.add_argument(
        "--set",
        action="append",
        default=[],
        dest="set_settings",
        metavar="SECTION.KEY=VALUE",
        help="any setting, as often as needed; without a value it goes back to its default",
    )
    parser.set_defaults(shorts=chosen)


def gather(arguments: argparse.Namespace) -> GatheredSettings:
    """Gather the settings with what the command line said.

    :raises SettingsError: anything unknown or not allowed.
    """
    options: dict[str, str] = {}
    for short in arguments.shorts:
        value = getattr(arguments, short.attribute)
        if value is not None:
            options[short.path] = value
    for text in arguments.set_settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingsError(f"--set {text}: write it as --set {name}=VALUE.")
        options[name.strip()] = value.strip()
    return gather_settings(options, file=arguments.config)
