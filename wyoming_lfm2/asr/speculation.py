"""A transcription that begins before it is certain to be needed: in a pause that may be the end of speech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from wyoming_lfm2.asr.segmenter import Segment
from wyoming_lfm2.engine.api import Transcriber
from wyoming_lfm2.engine.errors import AudioTooShortError
from wyoming_lfm2.replay import Replay


class SpeculativeTranscription:
    """The transcription of a piece, from the moment this is made."""

    def __init__(self, transcriber: Transcriber, piece: Segment) -> None:
        self.piece = piece
        self._fragments: Replay[str] = Replay()
        self._task = asyncio.create_task(self._write(transcriber), name="wyoming-lfm2 draft")
        self._task.add_done_callback(self._fragments.end_with)

    @property
    def failed(self) -> bool:
        """The engine refused it, or stopped with an error."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is not None

    def fragments(self) -> AsyncIterator[str]:
        """The text so far, then the rest as it is written; without the rest after :meth:`close`.

        :raises EngineError: what the engine raised.
        """
        return aiter(self._fragments)

    async def close(self) -> None:
        """Stop the engine's work on it and wait until it has stopped; its text is thrown away."""
        if not self._task.cancelling():
            self._task.cancel()
        await asyncio.wait([self._task])

    async def _write(self, transcriber: Transcriber) -> None:
        try:
            async with aclosing(transcriber.transcribe(self.piece.samples)) as written:
                async for fragment in written:
                    self._fragments.append(fragment)
        except AudioTooShortError:
            pass  # too short to hold a word: an empty text
