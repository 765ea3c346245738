"""Gathers the settings: command line over environment over YAML file over defaults.

``pydantic-settings`` was looked at and left: it passes over variables that nobody
reads, knows no lines of the YAML file and no ``*_FILE`` variables, and to name where
each value came from one would have to write most of this anyway.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wyoming_lfm2.config.closed_paths import GIVE_ACCESS, mode_of, why_closed
from wyoming_lfm2.config.environment import CONFIG_VARIABLE, read_environment
from wyoming_lfm2.config.errors import SettingsError, did_you_mean
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.config.tree import leaves
from wyoming_lfm2.config.yaml_file import read_yaml

SYSTEM_FILE = Path("/etc/wyoming-lfm2.yaml")
FILE_NAME = "wyoming-lfm2.yaml"


@dataclass(frozen=True)
class GatheredSettings:
    """The settings and where they came from."""

    settings: Settings
    origins: Mapping[str, str]
    """By ``section.key``: the option, variable, or file and line; defaults are not in it."""
    file: Path | None
    """The settings file that was read."""


def load_settings(
    options: Mapping[str, str] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings; :func:`gather_settings` says the rest."""
    return gather_settings(options, file=file, environment=environment).settings


def gather_settings(
    options: Mapping[str, str] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> GatheredSettings:
    """Gather every source's values, the stronger over the weaker, and check them.

    :param options: ``{"section.key": text}`` from the command line; an empty text goes back to the default.
    :param file: the YAML file; without it the one that ``WYOMING_LFM2_CONFIG`` names, else the user's, else
        the system's, else none.
    :param environment: default: the process's.
    :raises SettingsError: anything unknown or not allowed; the text names the place.
    """
    environment = os.environ if environment is None else environment
    path = find_file(file, environment)
    values: dict[str, tuple[Any, str]] = {}
    if path is not None:
        values.update(read_yaml(path))
    values.update(read_environment(environment))
    for name, text in (options or {}).items():
        check_name(name)
        if text:
            values[name] = (text, "command line")
        else:
            values.pop(name, None)
    return GatheredSettings(
        settings=_validate(values),
        origins={name: origin for name, (_, origin) in values.items()},
        file=path,
    )


def find_file(file: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Return the settings file to read; one that was asked for by name must exist.

    :raises SettingsError: it does not, or is closed to this user.
    """
    named = file or (Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None)
    if named is not None:
        try:
            there = stat.S_ISREG(mode_of(named))
        except OSError as error:
            raise SettingsError(f"{named}: {why_closed(error)}. {GIVE_ACCESS} file.") from error
        if not there:
            raise SettingsError(f"{named}: there is no such settings file.")
        return named
    home = environment.get("HOME")
    folder = environment.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    candidates = [Path(folder) / FILE_NAME] if folder else []
    return next((path for path in (*candidates, SYSTEM_FILE) if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    """Tell whether a file is there; one behind a folder that is closed to us is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def check_name(name: str) -> None:
    """Refuse a ``section.key`` that does not exist.

    :raises SettingsError: with its neighbour.
    """
    known = [leaf.path for leaf in leaves()]
    if name not in known:
        raise SettingsError(f"There is no setting {name}; {did_you_mean(name, known)}")


def _validate(values: Mapping[str, tuple[Any, str]]) -> Settings:
    many = {leaf.path for leaf in leaves() if leaf.many}
    tree: dict[str, dict[str, Any]] = {}
    for name, (value, _) in values.items():
        section, key = name.split(".")
        in_commas = name in many and isinstance(value, str)
        tree.setdefault(section, {})[key] = _split(value) if in_commas else value
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_explain(error, values)) from error


def _explain(error: ValidationError, values: Mapping[str, tuple[Any, str]]) -> str:
    """Say what is wrong with each value, one line each, in the words of the place it came from."""
    by_name = {leaf.path for leaf in leaves() if isinstance(leaf.default, dict)}
    lines: dict[str, str] = {}
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"][:2])
        value, origin = values[name]
        message = problem["msg"].removeprefix("Value error, ")
        inside = " ".join(map(str, problem["loc"][2:])) if name in by_name else ""
        reason = (f"{inside}: " if inside else "") + message[0].lower() + message[1:]
        # A union complains once for each of its kinds; the first complaint is enough.
        lines.setdefault(name, f"{origin}: {value!r} is not possible for {name}: {reason}.")
    return "\n".join(lines.values())


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
