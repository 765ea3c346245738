"""From a sentence to its finished sound: from memory, from somebody else's request, or from the model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.audio.pcm import encode_s16
from wyoming_lfm2.config.settings import SpeakingSettings
from wyoming_lfm2.engine.api import SPEECH_RATE, EngineInfo, PlaybackClock, Speaker, Voice
from wyoming_lfm2.engine.errors import GaveWayError
from wyoming_lfm2.text.english.numbers import warm_up
from wyoming_lfm2.tts.loudness import Leveller, VoiceLevel
from wyoming_lfm2.tts.sentence_cache import SentenceCache, SentenceKey
from wyoming_lfm2.tts.shared_synthesis import NobodysPlayback, SharedSynthesis, SynthesisListener
from wyoming_lfm2.tts.trimming import SilenceTrimmer

KEPT_BEFORE_S = 0.03
"""Of the model's own quiet, seconds that stay before a word: many consonants begin softly."""

KEPT_AFTER_S = 0.1
"""And behind a word, which fades."""

PREPARED_S = 60.0
"""Seconds of sound at most that are kept although nobody has asked for them."""

_SECOND = SPEECH_RATE * 2
"""Bytes of sound."""

_SLICE = _SECOND // 5
"""Bytes of remembered sound in a piece: 0.2 s."""


class Synthesizer:
    """Speaks sentences for everybody; one for the whole program."""

    def __init__(self, speaker: Speaker, settings: SpeakingSettings) -> None:
        self._speaker = speaker
        self.settings = settings
        self._cache = SentenceCache(settings.cache_mb * 1_000_000)
        self._prepared = SentenceCache(round(PREPARED_S * _SECOND))
        self._running: dict[SentenceKey, SharedSynthesis] = {}
        self._levels: dict[str, VoiceLevel] = {}

    @property
    def info(self) -> EngineInfo:
        """The resident model."""
        return self._speaker.info

    async def warm_up(self) -> None:
        """Do now what would keep the first client waiting."""
        await asyncio.to_thread(warm_up)

    def say(self, text: str, voice: Voice, playback: PlaybackClock) -> SynthesisListener:
        """Begin with one sentence.

        :param text: in its spoken form, not empty.
        :param playback: of the one who will hear it.
        :returns: 16 bit mono PCM at ``SPEECH_RATE``, from the beginning of the sentence. To be closed.
        """
        key = SentenceKey(text, voice)
        production = self._running.get(key)
        if production is None:
            sound = self._cache.get(key)
            if sound is None and (sound := self._prepared.take(key)) is not None:
                self._cache.put(key, sound)
            if sound is not None:
                return SharedSynthesis(partial(_remembered, sound), _nothing).listen(playback)
            production = self._begin(key)
        return production.listen(playback)

    def prepare(self, text: str, voice: Voice) -> SynthesisListener | None:
        """Begin with a sentence that may be asked for, if the model has nothing else to do.

        :returns: its sound, to be closed, or ``None`` if it is there already, or being made.
        """
        key = SentenceKey(text, voice)
        if key in self._running or self._cache.get(key) or self._prepared.get(key):
            return None
        return self._begin(key).listen(NobodysPlayback())

    @property
    def prepared_s(self) -> float:
        """Seconds of sound that nobody has asked for."""
        return self._prepared.size / _SECOND

    def forget_prepared(self) -> None:
        """Nobody is going to ask for what is ready."""
        self._prepared.clear()

    def _begin(self, key: SentenceKey) -> SharedSynthesis:
        production = SharedSynthesis(partial(self._make, key), partial(self._ended, key))
        self._running[key] = production
        return production

    def _ended(self, key: SentenceKey, production: SharedSynthesis) -> None:
        if self._running.get(key) is production:
            del self._running[key]
        if production.complete:
            (self._cache if production.heard else self._prepared).put(key, production.sound)

    async def _make(self, key: SentenceKey, playback: PlaybackClock) -> AsyncGenerator[bytes, None]:
        settings = self.settings
        trimmer, leveller = None, None
        if settings.trim:
            before, after = kept_silence(settings)
            trimmer = SilenceTrimmer(SPEECH_RATE, before, after)
        if settings.loudness:
            level = self._levels.setdefault(key.voice.name, VoiceLevel())
            leveller = Leveller(SPEECH_RATE, settings.loudness_db, level)
        async with aclosing(self._frames(key, playback)) as frames:
            async for frame in frames:
                samples = trimmer.feed(frame) if trimmer is not None else np.asarray(frame, np.float32)
                if leveller is not None:
                    samples = leveller.feed(samples)
                if len(samples):
                    yield encode_s16(samples)
        if trimmer is not None and len(rest := trimmer.flush()):
            yield encode_s16(leveller.feed(rest) if leveller is not None else rest)
        if leveller is not None:
            leveller.finish()

    async def _frames(
        self, key: SentenceKey, playback: PlaybackClock
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        """What the engine speaks, which is the same each time."""
        given, complete = 0, False
        while not complete:
            again = given
            try:
                async with aclosing(self._speaker.speak(key.text, key.voice, playback)) as frames:
                    async for frame in frames:
                        if again:
                            again -= 1
                            continue
                        given += 1
                        yield frame
                complete = True
            except GaveWayError:
                # Somebody may have come at the very moment at which it gave way.
                if not playback.awaited:
                    # Whoever comes from now on must not join: this one is over before its task is done.
                    self._running.pop(key, None)
                    raise


def kept_silence(settings: SpeakingSettings) -> tuple[float, float]:
    """Seconds of the model's own quiet that stay before and behind a sentence."""
    if not settings.trim:
        return 0.0, 0.0
    return min(KEPT_BEFORE_S, settings.silence_before_s), min(KEPT_AFTER_S, settings.silence_after_s)


async def _remembered(sound: bytes, _playback: PlaybackClock) -> AsyncGenerator[bytes, None]:
    for begin in range(0, len(sound), _SLICE):
        yield sound[begin : begin + _SLICE]


def _nothing(_production: SharedSynthesis) -> None:
    """What is remembered needs no end."""
