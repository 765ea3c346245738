"""What people change while the satellite runs, and want to find as it was after a restart."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["Preferences", "PreferencesFile"]

_LOGGER = logging.getLogger(__name__)

FILE_NAME = "satellite.json"
_LARGEST = 64 * 1024


@dataclass(frozen=True)
class Preferences:
    """Volume, mute and sensitivity."""

    volume: float = 1.0
    """Of everything that is played, 0 to 1."""
    muted: bool = False
    """A person has muted the microphone."""
    sensitivities: Mapping[str, str | float] = field(default_factory=dict)
    """By the name of the wake word; those that are not here are as the settings say."""


class PreferencesFile:
    """JSON in the state folder, written whole or not at all.

    A file that cannot be read is put aside as ``satellite.json.broken``; one that cannot be written costs a
    warning, and the satellite goes on with what it holds.

    :param folder: made when something is to be written; None keeps nothing.
    """

    def __init__(self, folder: Path | None, defaults: Preferences | None = None) -> None:
        self._path = folder / FILE_NAME if folder is not None else None
        self._defaults = defaults or Preferences()
        self.current = self._read()
        """What holds now."""

    def change(
        self,
        *,
        volume: float | None = None,
        muted: bool | None = None,
        sensitivities: Mapping[str, str | float] | None = None,
    ) -> Preferences:
        """Keep new values; short, but it writes to the disk: not for the event loop's thread.

        :raises ValueError: the volume is not between 0 and 1.
        """
        changed = self.current
        if volume is not None:
            if not 0 <= volume <= 1:
                raise ValueError(f"The volume must be between 0 and 1, not {volume:g}.")
            changed = replace(changed, volume=volume)
        if muted is not None:
            changed = replace(changed, muted=muted)
        if sensitivities is not None:
            changed = replace(changed, sensitivities={**changed.sensitivities, **sensitivities})
        if changed != self.current:
            self.current = changed
            self._write()
        return changed

    def _read(self) -> Preferences:
        if self._path is None:
            return self._defaults
        try:
            with self._path.open(encoding="utf-8") as file:
                return _preferences(json.loads(file.read(_LARGEST)), self._defaults)
        except FileNotFoundError:
            return self._defaults
        except OSError as error:
            _LOGGER.warning(
                "%s cannot be read (%s): volume and mute are as the settings say", self._path, error.strerror
            )
        except (ValueError, TypeError, RecursionError) as error:
            aside = self._path.with_name(f"{FILE_NAME}.broken")
            with suppress(OSError):
                self._path.replace(aside)
            _LOGGER.warning("%s is broken (%s) and was put aside as %s", self._path, error, aside.name)
        return self._defaults

    def _write(self) -> None:
        if self._path is None:
            return
        temporary = ""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self._path.parent, prefix=f".{FILE_NAME}.", delete=False
            ) as file:
                temporary = file.name
                json.dump(asdict(self.current), file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path)
        except OSError as error:
            _LOGGER.warning("Volume and mute will not survive a restart: %s (%s)", self._path, error.strerror)
            if temporary:
                with suppress(OSError):
                    Path(temporary).unlink()


def _preferences(read: Any, defaults: Preferences) -> Preferences:
    """Values of a later or an earlier version that are not known are passed over."""
    if not isinstance(read, dict):
        raise TypeError("it is no JSON object")
    volume, muted = read.get("volume", defaults.volume), read.get("muted", defaults.muted)
    sensitivities = read.get("sensitivities", {})
    if isinstance(volume, bool) or not isinstance(volume, int | float) or not 0 <= volume <= 1:
        raise ValueError(f"volume cannot be {volume!r}")
    if not isinstance(muted, bool):
        raise TypeError(f"muted cannot be {muted!r}")
    if not isinstance(sensitivities, dict) or not all(
        isinstance(level, str | int | float) and not isinstance(level, bool)
        for level in sensitivities.values()
    ):
        raise TypeError(f"sensitivities cannot be {sensitivities!r}")
    return Preferences(float(volume), muted, sensitivities)
