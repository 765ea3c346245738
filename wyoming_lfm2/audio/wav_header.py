"""Does a WAV file hold what its header promises? libsndfile does not say."""

from __future__ import annotations

import os
import struct
from typing import IO

_UNKNOWN_FROM = 0x7FFF_0000
"""Programs that send WAV through a pipe write about the largest number of 31 or 32 bits."""


def missing_bytes(stream: IO[bytes]) -> int:
    """Bytes of sound that a RIFF WAV's header promises and that are not there.

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
