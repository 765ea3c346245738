"""Holds downloaded files against the hashes that the hub gave when they came."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.models.checksum import sha256_of
from wyoming_lfm2.models.storage import read_record, record_path


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
    size = file.stat().st_size
    if size != record.size:
        problem = f"has {size:,} bytes and not {record.size:,}"
    elif (found := sha256_of(file)) != record.sha256:
        problem = f"has sha256 {found} and not {record.sha256}"
    else:
        return Verdict(file, True, f"sha256 {record.sha256}")
    record_path(file).unlink()
    return Verdict(file, False, f"{problem}; download it again")
