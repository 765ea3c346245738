"""The SHA-256 of model files, held against the one that the hub gave when they came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from wyoming_lfm2.config.closed_paths import why_closed
from wyoming_lfm2.models.storage import DownloadRecord, read_record, record_path

_CHUNK = 1 << 20
_LARGE = 64 << 20
"""Bytes from which a person wants to see that something moves."""


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; on a terminal a large file shows its progress.

    :raises OSError: it cannot be read.
    """
    size = path.stat().st_size
    digest = hashlib.sha256()
    bar = tqdm(
        total=size,
        desc=f"checking {path.name}",
        unit="B",
        unit_scale=True,
        leave=False,
        disable=True if size < _LARGE else None,
    )
    with path.open("rb") as source, bar:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            bar.update(len(chunk))
    return digest.hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    file: Path
    sound: bool
    text: str
    """The hash, or what is wrong and what to do."""


def verify_file(file: Path) -> Verdict:
    """Compare a file with its record; a file that fails loses it, so that the next download replaces it."""
    record = read_record(file)
    if record is None:
        return Verdict(file, False, "has no record of its hash; download it again")
    try:
        problem = _difference(file, record)
    except OSError as error:
        return Verdict(file, False, f"{why_closed(error)}; give that user access")
    if not problem:
        return Verdict(file, True, f"sha256 {record.sha256}")
    try:
        record_path(file).unlink()
    except OSError:
        return Verdict(file, False, f"{problem}; delete it and download it again")
    return Verdict(file, False, f"{problem}; download it again")


def _difference(file: Path, record: DownloadRecord) -> str:
    """In what a file is not as its record says; empty if it is."""
    size = file.stat().st_size
    if size != record.size:
        return f"has {size:,} bytes and not {record.size:,}"
    found = sha256_of(file)
    return "" if found == record.sha256 else f"has sha256 {found} and not {record.sha256}"
