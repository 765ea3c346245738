"""One request for speech: its text goes in as it is written, its sound comes out sentence by sentence.

The text is cut into sentences, each is turned into words (:mod:`wyoming_lfm2.text.verbalizer`), and each is then
synthesized by itself, the next one while the last one is played. Silence between them is put in here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from wyoming_lfm2.engine.api import SPEECH_RATE, PlaybackClock, Voice
from wyoming_lfm2.engine.errors import TextTooLongError
from wyoming_lfm2.text.markup import TagStripper
from wyoming_lfm2.text.sentence_splitter import SentenceSplitter, cut_to_length
from wyoming_lfm2.text.verbalizer import verbalize
from wyoming_lfm2.tts.shared_synthesis import SynthesisListener
from wyoming_lfm2.tts.synthesizer import Synthesizer, kept_silence

SAMPLE_BYTES = 2
"""Signed 16 bit, mono."""

_AHEAD = 2
"""Sentences at once: one is being played, one is being synthesized."""

PAUSE_S = 0.5
"""Seconds without more text after which a sentence that looks whole is spoken. A model that writes "I'll check." and
then checks is heard at once. One that only writes slowly is rarely that slow; its sentence then has another melody."""


class SpeechStream:
    """Speaks one text, sentence by sentence; the next one is synthesized while one is played.

    Whoever makes one calls :meth:`close` at the end; that stops the model within an audio frame.
    """

    def __init__(self, synthesizer: Synthesizer, voice: Voice, *, ssml: bool = False) -> None:
        """:param ssml: the text is SSML; its tags are taken away, wherever the pieces are cut."""
        self._synthesizer = synthesizer
        self._voice = voice
        self._tags = TagStripper() if ssml else None
        self._texts: deque[str] = deque()
        self._changed = asyncio.Event()
        self._complete = False
        self._characters = 0
        self._playback = PlaybackClock()
        self._room = asyncio.Semaphore(_AHEAD)
        self._listeners: asyncio.Queue[SynthesisListener | None] = asyncio.Queue()
        self._open: set[SynthesisListener] = set()
        self._preparing: asyncio.Task[None] | None = None

    @property
    def pending(self) -> bool:
        """Whether something of what was added is still to be spoken, as far as can be told."""
        return bool(self._texts or self._open)

    @property
    def playback(self) -> PlaybackClock:
        """How much sound the client has been given, and so how long it can play."""
        return self._playback

    def add(self, text: str) -> None:
        """Take the next piece of the text; never waits.

        :raises TextTooLongError: this would be more than ``speaking.longest_text``.
        """
        self._characters += len(text)
        longest = self._synthesizer.settings.longest_text
        if self._characters > longest:
            raise TextTooLongError(f"A request may have {longest} characters of text, not more.")
        self._texts.append(text)
        self._changed.set()

    def finish(self) -> None:
        """The text is complete."""
        self._complete = True
        self._changed.set()

    async def pcm(self) -> AsyncGenerator[bytes, None]:
        """The sound: 16 bit mono at ``SPEECH_RATE``, in pieces; none at all if there is nothing to say.

        To be called once.

        :raises EngineError: what the engine raised; nothing comes after it.
        """
        settings = self._synthesizer.settings
        kept_before, kept_after = kept_silence(settings)
        # Silence behind a sentence that belongs there whether or not another sentence follows.
        behind_s = min(settings.silence_after_s, max(0.0, settings.silence_between_s - kept_before))
        spoke = False
        self._preparing = asyncio.create_task(self._prepare(), name="wyoming-lfm2 preparing speech")
        while (listener := await self._next()) is not None:
            pause_s = settings.silence_before_s
            if spoke:
                pause_s = settings.silence_between_s - behind_s
            sounded = False
            async for chunk in listener.chunks():
                if not sounded and (pause := _silence(pause_s - kept_before)):
                    yield self._given(pause)
                sounded = spoke = True
                yield self._given(chunk)
            await self._release(listener)
            # At once, so that the client has something to play until the next sentence begins.
            if sounded and (rest := _silence(behind_s - kept_after)):
                yield self._given(rest)
        if spoke and (rest := _silence(settings.silence_after_s - max(behind_s, kept_after))):
            yield self._given(rest)

    async def close(self) -> None:
        """Stop, and wait until the model has stopped. Can be repeated."""
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait([self._preparing])
        await asyncio.gather(*(self._release(listener) for listener in tuple(self._open)))

    async def _next(self) -> SynthesisListener | None:
        assert self._preparing is not None
        getting = asyncio.ensure_future(self._listeners.get())
        try:
            await asyncio.wait({getting, self._preparing}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done() and self._listeners.empty():
                self._preparing.result()
            return await getting
        finally:
            getting.cancel()

    async def _prepare(self) -> None:
        """Have one sentence synthesized after the other, never two at a time."""
        async with aclosing(self._sentences()) as sentences:
            async for sentence in sentences:
                await self._room.acquire()
                listener = self._synthesizer.say(sentence, self._voice, self._playback)
                self._open.add(listener)
                self._listeners.put_nowait(listener)
                if not await listener.made():
                    return  # whoever hears it learns why
        self._listeners.put_nowait(None)

    async def _sentences(self) -> AsyncGenerator[str, None]:
        """Sentences in words, as they are to be spoken; each is verbalized when its turn comes."""
        async with aclosing(self._written()) as written:
            async for sentence in written:
                for spoken in spoken_sentences(sentence, self._voice):
                    yield spoken
                await asyncio.sleep(0)

    async def _written(self) -> AsyncGenerator[str, None]:
        """Sentences as they are written, each as soon as one can tell where it ends."""
        splitter = SentenceSplitter()
        while self._texts or not self._complete:
            self._changed.clear()
            while self._texts:
                text = self._texts.popleft()
                for sentence in splitter.add_text(self._tags.strip(text) if self._tags else text):
                    yield sentence
            if not (self._complete or await self._more(PAUSE_S if splitter.ended else None)):
                for sentence in splitter.finish_text():
                    yield sentence
        for sentence in splitter.finish_text():
            yield sentence

    async def _more(self, within_s: float | None) -> bool:
        """Whether more text, or its end, has come in time."""
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _release(self, listener: SynthesisListener) -> None:
        if listener in self._open:
            self._open.discard(listener)
            self._room.release()
            await listener.close()

    def _given(self, chunk: bytes) -> bytes:
        self._playback.add(len(chunk) / (SAMPLE_BYTES * SPEECH_RATE))
        return chunk


def spoken_sentences(sentence: str, voice: Voice) -> Iterator[str]:
    """The words to speak for one written sentence: none at all, or one or more pieces that are short enough."""
    # Cut once more: a number has six times as many letters as digits.
    for piece in cut_to_length(verbalize(sentence, voice.languages[0] if voice.languages else "en")):
        if spoken := piece.strip(" ,;"):
            yield spoken


def _silence(seconds: float) -> bytes:
    return bytes(SAMPLE_BYTES * max(0, round(seconds * SPEECH_RATE)))
