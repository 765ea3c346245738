"""Speech made before it is asked for: what has just been answered is likely to be wanted as sound next.

Nobody waits for it yet, so the engine makes it only while nothing else is asked of it, and drops it when
something is. Whoever asks in time joins, or finds it ready; what nobody asks for is forgotten soon.
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
"""Seconds of sound that are made for nobody; whoever asks hears the rest made faster than it is played."""

KEPT_S = 30.0
"""Seconds after which it is forgotten if nobody has asked: a client that wants it asks at once."""

MOST_IN_VAIN = 3
"""Answers in a row that nobody wanted to hear; then nothing is made until somebody asks for speech again."""


class Prefetcher:
    """Has at most one answer's speech made, the last one's."""

    def __init__(self, mouth: Synthesizer) -> None:
        self._mouth = mouth
        self._task: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._in_vain = 0

    def prepare(self, text: str, voice: Voice) -> None:
        """Make the speech for ``text`` if nothing else is to be done; what was made before is forgotten."""
        # What is done without a word is no answer that nobody wanted to hear.
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
        """Somebody asks for speech, this or other: it is worth making more."""
        self._in_vain = 0

    def _expire(self) -> None:
        # A slow machine may still be at it; what it made now would be kept until the next answer.
        if self._task is not None:
            self._task.cancel()
        self._mouth.forget_prepared()

    async def _make(self, text: str, voice: Voice, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._mouth.forget_prepared()
        for sentence in _sentences(text):
            for spoken in spoken_sentences(sentence, voice):
                if not await self._made(spoken, voice):
                    return
            await asyncio.sleep(0)

    async def _made(self, spoken: str, voice: Voice) -> bool:
        """Have one sentence made; whether the next one may be."""
        production = self._mouth.prepare(spoken, voice)
        if production is not None:
            try:
                if not await production.made():
                    _LOGGER.debug("Speech ahead gave way")
                    return False
            finally:
                await production.close()
        return self._mouth.prepared_s < AHEAD_S


def _sentences(text: str) -> Iterator[str]:
    cutter = SentenceSplitter()
    yield from cutter.add(text)
    yield from cutter.finish()
