"""Reads settings from ``WYOMING_LFM2_*`` variables and from the files that ``*_FILE`` name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wyoming_lfm2.config.errors import SettingsError, did_you_mean
from wyoming_lfm2.config.tree import VARIABLE_PREFIX, leaves

CONFIG_VARIABLE = f"{VARIABLE_PREFIX}CONFIG"
"""Names the settings file."""

FILE_SUFFIX = "_FILE"
"""``NAME_FILE`` holds the path of a file with the value of ``NAME``, as container secrets do."""


def read_environment(environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return ``{"section.key": (text, "VARIABLE")}`` for everything that the variables set.

    An empty variable counts as not set: that is what Compose files pass on for nothing.

    :raises SettingsError: a variable begins like ours and is none of them, or its file cannot be read.
    """
    paths = {leaf.variable: leaf.path for leaf in leaves()}
    found: dict[str, tuple[str, str]] = {}
    for name, text in sorted(environment.items()):
        if not name.startswith(VARIABLE_PREFIX) or name == CONFIG_VARIABLE or not text:
            continue
        variable = name if name in paths else name.removesuffix(FILE_SUFFIX)
        if variable not in paths:
            known = [*paths, CONFIG_VARIABLE]
            raise SettingsError(f"{name}: there is no such variable; {did_you_mean(name, known)}")
        if variable != name and environment.get(variable):
            raise SettingsError(f"{name}: {variable} is set as well; keep one of the two.")
        value = text if variable == name else read_secret(name, text)
        found[paths[variable]] = (value, name)
    return found


def read_secret(variable: str, path: str) -> str:
    """Return the text of the file that ``variable`` names, without the newline at its end.

    :raises SettingsError: the file cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{variable}: {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{variable}: {path} is not text in UTF-8.") from error
