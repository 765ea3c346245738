"""Downloads an official set from the Hugging Face Hub, once, on one commit, checked.

``hf_hub_download`` would do most of it, but since version 2 it throws away what an
interrupted run had fetched, and it does not compare hashes. So the hub's library
lists the repository and moves the bytes; the partial file and the check are ours.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub.file_download import http_get
from tqdm import tqdm

from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models import hub
from wyoming_lfm2.models.catalog import (
    CATALOG,
    SPEECH_PARTS,
    CatalogEntry,
    Part,
    part_of,
    quantization_of,
    size_order,
)
from wyoming_lfm2.models.hub import DownloadError
from wyoming_lfm2.models.storage import DownloadRecord, cache_folder, make_set_folder, read_record
from wyoming_lfm2.models.verify import sha256_of

_RESERVE = 64 << 20
"""Bytes left free on the disk; a full one harms more than this download."""


class Progress(tqdm):  # type: ignore[type-arg]
    """A progress bar for a terminal; a line now and then for a log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["disable"] = False
        super().__init__(*args, **kwargs)
        if not getattr(self.fp, "isatty", lambda: False)():
            self.mininterval = 30.0


def download_set(
    entry: CatalogEntry,
    settings: ModelSettings,
    *,
    quantization: str | None = None,
    revision: str | None = None,
    parts: tuple[Part, ...] | None = None,
) -> list[Path]:
    """Fetch what is missing of a set and return its files; what is there and whole is not fetched again.

    The first download asks for the default branch and remembers the commit that it is
    on; later ones of the same set stay on that commit unless ``revision`` says otherwise.

    :param parts: None for all that the set has, with the speech files of another set that make it audible.
    :raises DownloadError: offline, no such files, no room, the network, or a wrong hash.
    """
    if settings.offline or hub.switched_off():
        why = "model.offline" if settings.offline else "HF_HUB_OFFLINE"
        raise DownloadError(f"{why} is set, so {entry.name} cannot be downloaded.")
    cache = cache_folder(settings.cache)
    wanted = (quantization or settings.quantization or entry.quantizations[0]).upper()
    files = _download_parts(entry, cache, wanted, revision, parts or entry.parts)
    if parts is None and entry.sound_of is not None:
        sound = CATALOG[entry.sound_of]
        files += _download_parts(sound, cache, sound.quantizations[0], None, SPEECH_PARTS)
    return files


def _download_parts(
    entry: CatalogEntry, cache: Path, quantization: str, revision: str | None, parts: tuple[Part, ...]
) -> list[Path]:
    try:
        folder = make_set_folder(cache, entry.name)
        with _alone_in(folder):
            return _fetch_missing(entry, folder, quantization, revision, parts)
    except OSError as error:
        raise DownloadError(_explain_os_error(error, cache)) from error


def pinned_revision(folder: Path) -> str | None:
    """Return the commit that the files in ``folder`` came from; None before the first download."""
    records = (read_record(path) for path in sorted(folder.glob("*.gguf")))
    return next((record.revision for record in records if record), None)


def choose_files(
    repository: str, files: tuple[hub.RemoteFile, ...], quantization: str, parts: tuple[Part, ...]
) -> list[hub.RemoteFile]:
    """Pick each part's file in one quantisation from a repository's list.

    A part for speech that is not published in it is taken in the smallest that there is.

    :raises DownloadError: a part is not there; the text lists the quantisations that are.
    """
    by_part = {part_of(file.name): file for file in files if quantization_of(file.name) == quantization}
    for file in sorted(files, key=lambda file: size_order(quantization_of(file.name) or "")):
        if part_of(file.name) in SPEECH_PARTS:
            by_part.setdefault(part_of(file.name), file)
    missing = [part for part in parts if part not in by_part]
    if missing:
        there = sorted({q for file in files if (q := quantization_of(file.name))}, key=size_order)
        raise DownloadError(
            f"{repository} has no {' and no '.join(missing)} in {quantization}; "
            f"it has {', '.join(there) or 'no GGUF files'}. Choose one with --quantization."
        )
    return [by_part[part] for part in parts]


def partial_path(path: Path, sha256: str) -> Path:
    """Return where a download gathers until it is whole; another content gathers elsewhere."""
    return path.with_name(f"{path.name}.{sha256[:12]}.part")


def _fetch_missing(
    entry: CatalogEntry, folder: Path, quantization: str, revision: str | None, parts: tuple[Part, ...]
) -> list[Path]:
    remote = hub.list_repository(entry.repository, revision or pinned_revision(folder) or hub.DEFAULT_BRANCH)
    chosen = choose_files(entry.repository, remote.files, quantization, parts)
    missing = [file for file in chosen if not _is_whole(folder / file.name, file)]
    _check_room(folder, missing)
    for file in missing:
        _fetch(folder / file.name, file)
    for file in chosen:
        DownloadRecord(entry.repository, remote.commit, file.sha256, file.size).write(folder / file.name)
    return [folder / file.name for file in chosen]


def _is_whole(path: Path, file: hub.RemoteFile) -> bool:
    """Tell whether ``path`` is ``file``; read through only if no record vouches for it."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    record = read_record(path)
    if record is not None and record.sha256 == file.sha256:
        return True
    return sha256_of(path) == file.sha256


def _fetch(path: Path, file: hub.RemoteFile) -> None:
    """Download one file, going on where an earlier run stopped, and check it.

    :raises DownloadError: the network failed (what came is kept), or the hash is wrong (it is not).
    """
    partial = partial_path(path, file.sha256)
    for stale in path.parent.glob(f"{path.name}.*.part"):
        if stale != partial:
            stale.unlink()
    try:
        with partial.open("ab") as target:
            if target.tell() > file.size:
                target.truncate(0)
            http_get(
                file.url,
                target,
                resume_size=target.tell(),
                headers=hub.headers(),
                expected_size=file.size,
                displayed_filename=file.name,
                tqdm_class=Progress,
            )
            target.flush()
            os.fsync(target.fileno())
    except (httpx2.HTTPError, OSError) as error:
        # The library reports a body that ended early as an OSError without a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DownloadError(
            f"{file.name} stopped at {partial.stat().st_size:,} of {file.size:,} bytes: "
            f"{hub.first_line(error)}. Run the command again to go on from there."
        ) from error
    found = sha256_of(partial)
    if found != file.sha256:
        partial.unlink()
        raise DownloadError(
            f"{file.name} has the wrong sha256, {found} and not {file.sha256}; it was deleted. "
            "Run the command again; if it happens again, something on the way to the hub changes files."
        )
    partial.replace(path)


def _check_room(folder: Path, missing: list[hub.RemoteFile]) -> None:
    needed = _RESERVE
    for file in missing:
        partial = partial_path(folder / file.name, file.sha256)
        needed += file.size - (partial.stat().st_size if partial.exists() else 0)
    free = shutil.disk_usage(folder).free
    if missing and needed > free:
        raise DownloadError(
            f"{folder} has {free / 1e6:,.0f} MB free and {needed / 1e6:,.0f} MB are needed; "
            "make room, or set model.cache to another disk."
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a second download out of ``folder``; the lock goes with the process, whatever ends it."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DownloadError(f"Another download into {folder} is running; wait for it.") from error
        yield


def _explain_os_error(error: OSError, cache: Path) -> str:
    if error.errno == errno.ENOSPC:
        return (
            f"The disk of {cache} is full; make room and run the command again, it goes on where it stopped."
        )
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"{error.filename or cache} cannot be written; set model.cache to a folder that can."
    return f"{error.filename or cache}: {error.strerror or hub.first_line(error)}."
