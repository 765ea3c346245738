"""A name for this machine, or this container, that stays."""

from __future__ import annotations

import hashlib
import hmac
import logging
import socket
import uuid
from pathlib import Path

_LOGGER = logging.getLogger(__name__)

_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))

_KEPT_ID = "instance-id"
"""File in the cache folder, for machines without an id: containers, whose volume outlives them."""


def stable_machine_name(cache: Path) -> str:
    """Eight hexadecimal digits that stay the same as long as this installation does.

    The machine's id is meant to stay private, hence the hash. Where there is none, a
    random one is made and kept.

    :param cache: the folder that it is kept in. If that cannot be written, the host's
        name has to do, which a container gets anew each time that it is made; a line
        in the log says so.
    """
    kept = _machine_id() or _kept_id(cache) or socket.gethostname()
    return hmac.digest(kept.encode(), b"wyoming-lfm2", hashlib.sha256).hex()[:8]


def _machine_id() -> str:
    for path in _MACHINE_ID_FILES:
        if (machine_id := _read(path)) and machine_id != "uninitialized":
            return machine_id
    return ""


def _kept_id(cache: Path) -> str:
    """The id in the cache folder, made if it is not there; empty if it can neither be read nor written."""
    path = cache / _KEPT_ID
    if kept := _read(path):
        return kept
    new = uuid.uuid4().hex
    draft = path.with_name(f"{path.name}.{new}")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        draft.write_text(f"{new}\n", encoding="ascii")
        draft.replace(path)
    except OSError as error:
        _LOGGER.warning(
            "This machine has no id and none can be kept in %s (%s): Home Assistant may take the server for a "
            "new device at the next start. Give it a folder that lasts as model.cache, or a name as "
            "discovery.instance",
            cache,
            error.strerror or error,
        )
        return ""
    return _read(path)  # another process may have made one at the same moment: the last one holds


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
