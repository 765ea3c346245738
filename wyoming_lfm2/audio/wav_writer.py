"""WAV while its sound is still being made: into a file, or into a pipe that cannot go back."""

from __future__ import annotations

import struct
from typing import IO

from wyoming_lfm2.audio.pcm import PcmFormat

_UNKNOWN = 0x7FFF_FFFF
"""What programs write that do not know the length yet; readers of pipes read on to the end."""


class WavWriter:
    """Writes one sound to an open binary stream."""

    def __init__(self, stream: IO[bytes], fmt: PcmFormat) -> None:
        """Write the header, as if the sound were endless."""
        self._stream = stream
        self._format = fmt
        self._size = 0
        self._stream.write(self._header(_UNKNOWN))

    def write(self, pcm: bytes) -> None:
        """Add sound in the format, and pass it on at once."""
        self._stream.write(pcm)
        self._stream.flush()
        self._size += len(pcm)

    def finish(self) -> None:
        """The sound is complete: correct the header, where the stream can go back."""
        if self._size % 2:
            self._stream.write(b"\0")  # chunks are of even length
        if self._stream.seekable():
            self._stream.seek(0)
            self._stream.write(self._header(self._size))
        self._stream.flush()

    def _header(self, size: int) -> bytes:
        fmt = self._format
        riff_size = min(size + size % 2 + 36, 0xFFFF_FFFF)
        layout = (16, 1, fmt.channels, fmt.rate, fmt.bytes_per_second, fmt.frame_bytes, 8 * fmt.width)
        return b"".join(
            (
                struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE"),
                struct.pack("<4sIHHIIHH", b"fmt ", *layout),
                struct.pack("<4sI", b"data", size),
            )
        )
