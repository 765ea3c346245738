"""The sound of one command on its way from the microphone to the brain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from wyoming_lfm2.satellite.pre_roll import CommandAudio, PreRoll
from wyoming_lfm2.satellite.sound.device import MicrophoneFrame

_LONGEST_FRAMES = 60 * 16_000 // 512
"""Of a brain that does not take them: more than a command may last."""


class Command:
    """Takes frames, and gives them to whoever iterates, as fast as that one takes them.

    :param pre_roll: what was heard until now.
    :param audio_from: when the command begins; seconds of the clock of ``captured_at``.
    """

    def __init__(self, pre_roll: PreRoll, audio_from: float) -> None:
        self._audio = CommandAudio(pre_roll, audio_from)
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._ended = False
        self._put(self._audio.first())

    def feed(self, frame: MicrophoneFrame) -> None:
        """Take the next frame; ignored after the end."""
        if not self._ended and self._frames.qsize() < _LONGEST_FRAMES:
            self._put(self._audio.feed(frame.samples, frame.captured_at))

    def silence(self, begin: float, end: float) -> None:
        """The satellite's own chime sounds between these times, and is cut out."""
        self._audio.silence(begin, end)

    def end(self) -> None:
        """The command is complete. Can be repeated."""
        if not self._ended:
            self._ended = True
            if rest := self._audio.end():
                self._put([rest])
            self._frames.put_nowait(None)

    async def frames(self) -> AsyncIterator[bytes]:
        """Signed 16 bit little-endian, 16 kHz mono; none is empty. To be iterated once."""
        while (frame := await self._frames.get()) is not None:
            yield frame

    def _put(self, frames: list[bytes]) -> None:
        for frame in frames:
            self._frames.put_nowait(frame)
