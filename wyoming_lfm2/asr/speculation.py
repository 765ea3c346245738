"""One transcription that runs by itself, and may turn out to be not needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from wyoming_lfm2.asr.segmenter import Segment
from wyoming_lfm2.engine.api import Transcriber
from wyoming_lfm2.engine.errors import AudioTooShortError


class SpeculativeTranscription:
    """The transcription of a piece, from the moment this is made."""

    def __init__(self, transcriber: Transcriber, piece: Segment) -> None:
        self.piece = piece
        self._fragments: list[str] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._write(transcriber), name="wyoming-lfm2 draft")
        self._task.add_done_callback(self._done)

    @property
    def failed(self) -> bool:
        """The engine refused it, or stopped with an error."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is not None

    async def fragments(self) -> AsyncIterator[str]:
        """The text so far, then the rest as it is written.

        :raises EngineError: what the engine raised.
        """
        given = 0
        while True:
            self._news.clear()
            for fragment in self._fragments[given:]:
                given += 1
                yield fragment
            if given < len(self._fragments):
                continue
            if self._task.done():
                self._task.result()
                return
            await self._news.wait()

    async def close(self) -> None:
        """Stop the engine's work on it and wait until it has stopped; its text is thrown away."""
        if not self._task.cancelling():
            self._task.cancel()
        await asyncio.wait([self._task])

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even if nobody will need the text
        self._news.set()

    async def _write(self, transcriber: Transcriber) -> None:
        try:
            async with aclosing(transcriber.transcribe(self.piece.samples)) as written:
                async for fragment in written:
                    self._fragments.append(fragment)
                    self._news.set()
        except AudioTooShortError:
            pass  # too short to hold a word: an empty text
