"""The SHA-256 of a model file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tqdm import tqdm

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
