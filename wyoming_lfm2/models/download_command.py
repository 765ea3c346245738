"""The command that downloads a set to where it is looked for."""

from __future__ import annotations

import shlex
from pathlib import Path

from wyoming_lfm2.invocation import program
from wyoming_lfm2.models.storage import users_cache_folder


def download_command(name: str, cache: Path, quantization: str | None = None) -> str:
    """Return what somebody types to download a set into ``cache``.

    :param quantization: default: the set's smallest.
    """
    return f"{program()} models download {name}{options(cache, quantization)}"


def options(cache: Path, quantization: str | None = None) -> str:
    """Return the options, with a space before each, that lead any command to a set in ``cache``.

    The cache is named unless whoever types the command would get the same one: a service has its own.
    """
    words = [] if quantization is None else ["--quantization", quantization]
    if cache != users_cache_folder():
        words += ["--cache", str(cache)]
    return "".join(f" {shlex.quote(word)}" for word in words)
