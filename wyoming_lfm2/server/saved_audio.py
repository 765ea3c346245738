"""Every request's audio on disk, if a person asked for it: a tool for finding faults.

Off unless ``log.save_audio`` names a folder. Nothing here may cost a request: a
full disk or a folder that cannot be written is one warning.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from itertools import count
from pathlib import Path
from threading import Lock

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.audio.wav import wav_header

_LOGGER = logging.getLogger(__name__)


class SavedAudio:
    """The folder; one for the whole port, so that a broken disk is reported once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._warned = False

    def recording(self) -> Recording:
        """Begin with a new request."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        return Recording(self, self._folder / f"{stamp}-{os.getpid()}-{next(self._numbers):04d}")

    def failed(self, error: OSError) -> None:
        """Say once that audio is not being saved, until it works again."""
        if not self._warned:
            _LOGGER.warning("Audio is not saved in %s: %s", self._folder, error)
        self._warned = True

    def succeeded(self) -> None:
        """A file was completed."""
        self._warned = False


class Recording:
    """One request's WAV file; another one begins where the format changes.

    Files are written in threads, which go on when the task that waits for them is
    cancelled: hence the lock, and the mark that nothing may come after the end.

    Written with plain system calls: ``wave`` and buffered files try again when they
    are collected, and a full disk would then speak up a second time.
    """

    def __init__(self, home: SavedAudio, stem: Path) -> None:
        self._home = home
        self._stem = stem
        self._parts = 0
        self._format: PcmFormat | None = None
        self._descriptor: int | None = None
        self._written = 0
        self._broken = False
        self._closed = False
        self._lock = Lock()

    async def write(self, pcm: bytes, fmt: PcmFormat) -> None:
        """Append audio; does nothing once writing has failed."""
        if not self._broken:
            await asyncio.to_thread(self._write, pcm, fmt)

    async def close(self) -> None:
        """Complete the file."""
        await asyncio.to_thread(self._close)

    def _write(self, pcm: bytes, fmt: PcmFormat) -> None:
        with self._lock:
            if not self._closed:
                self._append(pcm, fmt)

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            self._complete()

    def _append(self, pcm: bytes, fmt: PcmFormat) -> None:
        try:
            if self._descriptor is None or fmt != self._format:
                self._complete()
                self._descriptor = self._create()
                self._format = fmt
                self._written = 0
                _write_all(self._descriptor, wav_header(fmt, 0))
            _write_all(self._descriptor, pcm)
            self._written += len(pcm)
        except OSError as error:
            self._broken = True
            self._home.failed(error)

    def _create(self) -> int:
        self._parts += 1
        part = f"-{self._parts}" if self._parts > 1 else ""
        path = self._stem.with_name(f"{self._stem.name}{part}.wav")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Somebody's voice: for nobody but the owner to read.
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def _complete(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or self._format is None:
            return
        try:
            if self._written % 2:
                _write_all(descriptor, b"\0")  # the header counts it
            os.pwrite(descriptor, wav_header(self._format, self._written), 0)
            if not self._broken:
                self._home.succeeded()
        except OSError as error:
            self._home.failed(error)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
