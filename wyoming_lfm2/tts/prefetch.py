"""Synthesizes answers before anybody asks for their sound: Home Assistant asks for it right after it got the text.

Nobody waits for it yet, so the engine works on it only while nothing else is asked of it, and gives it up when
something is. A client that asks in time joins the synthesis, or finds it ready; what nobody asks for is soon dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.text.sentence_splitter import SentenceSplitter
from wyoming_lfm2.tts.speech_stream import spoken_sentences
from wyoming_lfm2.tts.synthesizer import Synthesizer

_LOGGER = logging.getLogger(__name__)

AHEAD_S = 20.0
"""Seconds of sound that are made ahead; for a client that asks, the rest is made faster than it is played."""

KEPT_S = 30.0
"""Seconds after which sound that nobody asked for is dropped: a client that wants it asks at once."""

MOST_IN_VAIN = 3
"""Answers in a row whose sound nobody asked for; then none is made ahead until somebody asks for speech again."""


class Prefetcher:
    """Makes the speech of the last answer ahead, and of no other."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        self._task: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._in_vain = 0

    def prepare(self, text: str, voice: Voice) -> None:
        """Make the speech for ``text`` while the engine is idle; what was made ahead before is dropped."""
        # An answer without words does not count as one that nobody wanted to hear.
        if not text or self._in_vain >= MOST_IN_VAIN:
            return
        self._in_vain += 1
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.get_running_loop().call_later(KEPT_S, self._expire)
        before, self._task = self._task, None
        if before is not None:
            before.cancel()
        self._task = asyncio.create_task(self._make(text, voice, before), name="wyoming-lfm2 speech ahead")

    def wanted(self) -> None:
        """A client asks for speech, this or other: making it ahead is worth the while again."""
        self._in_vain = 0

    def _expire(self) -> None:
        # A slow machine may still be at work; what it made from now on would be kept until the next answer.
        if self._task is not None:
            self._task.cancel()
        self._synthesizer.forget_prepared()

    async def _make(self, text: str, voice: Voice, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._synthesizer.forget_prepared()
        for sentence in _sentences(text):
            for spoken in spoken_sentences(sentence, voice):
                if not await self._made(spoken, voice):
                    return
            await asyncio.sleep(0)

    async def _made(self, spoken: str, voice: Voice) -> bool:
        """Have one sentence made; whether the next one may be."""
        synthesis = self._synthesizer.prepare(spoken, voice)
        if synthesis is not None:
            try:
                if not await synthesis.made():
                    _LOGGER.debug("Speech ahead gave way")
                    return False
            finally:
                await synthesis.close()
        return self._synthesizer.prepared_s < AHEAD_S


def _sentences(text: str) -> Iterator[str]:
    splitter = SentenceSplitter()
    yield from splitter.add_text(text)
    yield from splitter.finish_text()
