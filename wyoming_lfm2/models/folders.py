"""What lies in folders of model files, which may be closed to this user."""

from __future__ import annotations

import stat
from pathlib import Path

from wyoming_lfm2.config.closed_paths import GIVE_ACCESS, mode_of, why_closed
from wyoming_lfm2.gguf.errors import ModelFileError


def is_folder(path: Path) -> bool:
    """Tell whether a folder is there.

    :raises ModelFileError: this user may not look.
    """
    return stat.S_ISDIR(_mode(path))


def is_plain_file(path: Path) -> bool:
    """Tell whether a file is there.

    :raises ModelFileError: this user may not look.
    """
    return stat.S_ISREG(_mode(path))


def gguf_files(folder: Path) -> list[Path]:
    """Return the GGUF files in a folder, sorted; none if there is no such folder.

    :raises ModelFileError: this user may not look.
    """
    if not is_folder(folder):
        return []
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() == ".gguf"]
    except OSError as error:
        raise _closed(folder, error) from error
    return sorted(path for path in found if is_plain_file(path))


def _mode(path: Path) -> int:
    try:
        return mode_of(path)
    except OSError as error:
        raise _closed(path, error) from error


def _closed(path: Path, error: OSError) -> ModelFileError:
    return ModelFileError(path, why_closed(error), f"{GIVE_ACCESS} place.")
