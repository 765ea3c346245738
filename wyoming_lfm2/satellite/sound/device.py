"""What a microphone and a loudspeaker are to the satellite, whatever drives them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MICROPHONE_RATE = 16_000
"""Hertz; what wake words, voice activity detection and the recogniser take."""

FRAME_SAMPLES = 512
"""Samples of a microphone frame: 32 ms, one frame of the voice activity detector."""

SAMPLE_BYTES = 2
"""Signed 16 bit, little endian, everywhere."""


class SoundError(Exception):
    """A device cannot be used, or has gone; the text says why and what to do."""


@dataclass(frozen=True, eq=False)
class MicrophoneFrame:
    """32 ms of what the microphone hears."""

    samples: NDArray[np.int16]
    """int16, shape ``(512,)``, 16 kHz mono."""

    captured_at: float
    """When its last sample was here, in seconds of the monotonic clock."""

    @property
    def pcm(self) -> bytes:
        """The samples as bytes."""
        return self.samples.tobytes()


class Microphone(Protocol):
    """A source of frames. Opened once; made anew after it has failed."""

    async def open(self) -> None:
        """Begin to record.

        :raises SoundError: it cannot be had.
        """
        ...

    def frames(self) -> AsyncIterator[MicrophoneFrame]:
        """What is heard, as it comes; ends never by itself.

        :raises SoundError: the device has gone.
        """
        ...

    async def close(self) -> None:
        """Stop and free the device; always right, also twice."""
        ...


class Loudspeaker(Protocol):
    """A sink of samples that takes them as fast as it plays them. Opened once; made anew after it has failed."""

    rate: int
    """Hertz of what :meth:`write` takes."""

    latency_s: float
    """Seconds between the device's taking a sample and its being heard."""

    async def open(self) -> None:
        """Begin to play; nothing, at first.

        :raises SoundError: it cannot be had.
        """
        ...

    async def write(self, pcm: bytes) -> None:
        """Hand over whole samples, signed 16 bit mono; waits while the device has enough.

        :raises SoundError: the device has gone, or takes nothing any more.
        """
        ...

    def queued_bytes(self) -> int:
        """Bytes that were written and that the device has not taken yet."""
        ...

    async def flush(self) -> None:
        """Drop what was written and is not heard yet, as far as the device lets us.

        :raises SoundError: as for :meth:`write`.
        """
        ...

    async def close(self) -> None:
        """Stop and free the device; always right, also twice."""
        ...
