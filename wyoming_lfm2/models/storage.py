"""Where model files lie on this machine, the record kept beside each download, and the command that downloads them."""

from __future__ import annotations

import json
import os
import shlex
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from wyoming_lfm2.config.closed_paths import GIVE_ACCESS, mode_of, why_closed
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.invocation import program

CACHE_TAG = "CACHEDIR.TAG"
_CACHE_TAG_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Models that wyoming-lfm2 has downloaded and can download again; backups may leave them out.\n"
)


def cache_folder(configured: Path | None) -> Path:
    """Return the folder for downloads and derived files: the setting, else systemd's, else the user's."""
    if configured is not None:
        return configured
    if given := os.environ.get("CACHE_DIRECTORY"):
        return Path(given.split(":")[0])
    return users_cache_folder()


def users_cache_folder() -> Path:
    """Return the folder that this user's commands have without a setting, outside a service of systemd."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "wyoming-lfm2"
    try:
        return Path.home() / ".cache" / "wyoming-lfm2"
    except RuntimeError:
        # A user without a home, as in a container: the place for a service's cache.
        return Path("/var/cache/wyoming-lfm2")


def set_folder(cache: Path, name: str) -> Path:
    """Return the folder of one downloaded set."""
    return cache / "models" / name


def make_set_folder(cache: Path, name: str) -> Path:
    """Make a set's folder, and mark the cache as one, so that backups leave gigabytes out.

    :raises OSError: it cannot be made.
    """
    folder = set_folder(cache, name)
    folder.mkdir(parents=True, exist_ok=True)
    tag = cache / CACHE_TAG
    if not tag.exists():
        tag.write_text(_CACHE_TAG_TEXT, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class DownloadRecord:
    """What the hub said about a file when it was downloaded; lies beside it as ``FILE.json``."""

    repository: str
    revision: str
    """Commit of the repository; later downloads of the set stay on it."""
    sha256: str
    size: int
    """In bytes."""

    def write(self, file: Path) -> None:
        """Keep the record of ``file``, whole or not at all."""
        path = record_path(file)
        draft = path.with_name(f"{path.name}.new")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)


def record_path(file: Path) -> Path:
    """Return where the record of ``file`` lies."""
    return file.with_name(f"{file.name}.json")


def read_record(file: Path) -> DownloadRecord | None:
    """Return the record of ``file``; None if there is none that can be understood."""
    try:
        return DownloadRecord(**json.loads(record_path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


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


def download_command(name: str, cache: Path, quantization: str | None = None) -> str:
    """Return what somebody types to download a set into ``cache``.

    :param quantization: default: the set's smallest.
    """
    return f"{program()} models download {name}{options_leading_to(cache, quantization)}"


def options_leading_to(cache: Path, quantization: str | None = None) -> str:
    """Return the options, with a space before each, that lead any command to a set in ``cache``.

    The cache is named unless whoever types the command would get the same one: a service has its own.
    """
    words = [] if quantization is None else ["--quantization", quantization]
    if cache != users_cache_folder():
        words += ["--cache", str(cache)]
    return "".join(f" {shlex.quote(word)}" for word in words)
