"""WAV files: their header, writing one while its sound is still being made, and whether one is complete."""

from __future__ import annotations

import os
import struct
from typing import IO

from wyoming_lfm2.audio.pcm import PcmFormat

_UNKNOWN = 0x7FFF_FFFF
"""What programs write that do not know the length yet; readers of pipes read on to the end."""

_UNKNOWN_FROM = 0x7FFF_0000
"""Programs that send WAV through a pipe write about the largest number of 31 or 32 bits."""


def wav_header(fmt: PcmFormat, size: int) -> bytes:
    """The 44 bytes before ``size`` bytes of PCM (RIFF, format tag 1).

    RIFF's chunks are of even length: behind an odd ``size`` one more byte belongs into the file.
    """
    riff_size = min(size + size % 2 + 36, 0xFFFF_FFFF)
    layout = (16, 1, fmt.channels, fmt.rate, fmt.bytes_per_second, fmt.frame_bytes, 8 * fmt.width)
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE"),
            struct.pack("<4sIHHIIHH", b"fmt ", *layout),
            struct.pack("<4sI", b"data", size),
        )
    )


class WavWriter:
    """Writes one sound to an open binary stream: a file, or a pipe that cannot go back."""

    def __init__(self, stream: IO[bytes], fmt: PcmFormat) -> None:
        """Write the header, as if the sound were endless."""
        self._stream = stream
        self._format = fmt
        self._size = 0
        self._stream.write(wav_header(self._format, _UNKNOWN))

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
            self._stream.write(wav_header(self._format, self._size))
        self._stream.flush()


def missing_bytes(stream: IO[bytes]) -> int:
    """Bytes of sound that a RIFF WAV's header promises and that are not there; libsndfile does not say.

    :param stream: seekable; its position is moved.
    :returns: 0 for complete files, for headers that do not know, and for all other formats.
    """
    length = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    riff = stream.read(12)
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        return 0
    while len(header := stream.read(8)) == 8:
        name, size = header[:4], struct.unpack("<I", header[4:])[0]
        if name == b"data":
            known = size < _UNKNOWN_FROM
            return max(0, stream.tell() + size - length) if known else 0
        stream.seek(size + size % 2, os.SEEK_CUR)  # chunks begin at even offsets
    return 0
