"""The sound of one sentence: from the cache, from a synthesis that is running already, or from the model.

What the model makes is trimmed and brought to the same loudness before anybody gets it.
"""

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
from wyoming_lfm2.text.english import numbers
from wyoming_lfm2.tts.loudness import Leveller, VoiceLevel
from wyoming_lfm2.tts.sentence_cache import SentenceCache, SentenceKey
from wyoming_lfm2.tts.shared_synthesis import NobodysPlayback, SharedSynthesis, SynthesisListener
from wyoming_lfm2.tts.trimming import SilenceTrimmer

KEPT_BEFORE_S = 0.03
"""Seconds of the model's own silence that stay before the first word: many consonants begin softly."""

KEPT_AFTER_S = 0.1
"""Seconds of it that stay behind the last word, which fades."""

PREPARED_S = 60.0
"""Seconds of sound made ahead that are kept at most."""

_SECOND = SPEECH_RATE * 2
"""Bytes in a second of sound."""

_SLICE = _SECOND // 5
"""Bytes of cached sound that are given in one piece: 0.2 s."""


class Synthesizer:
    """Speaks sentences for all requests; there is one for the whole program."""

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
        """Do now what would keep the first client waiting: read the rules by which numbers become words."""
        await asyncio.to_thread(numbers.warm_up)

    def say(self, text: str, voice: Voice, playback: PlaybackClock) -> SynthesisListener:
        """Begin to speak one sentence, or join in where it is being spoken.

        :param text: in words, as :func:`~.speech_stream.spoken_sentences` makes them; not empty.
        :param playback: of the client that will hear it.
        :returns: gives 16 bit mono PCM at ``SPEECH_RATE``, from the beginning of the sentence. To be closed.
        """
        key = SentenceKey(text, voice)
        synthesis = self._running.get(key)
        if synthesis is None:
            sound = self._cache.get(key)
            if sound is None and (sound := self._prepared.take(key)) is not None:
                self._cache.put(key, sound)
            if sound is not None:
                return SharedSynthesis(partial(_cached, sound), _nothing).listen(playback)
            synthesis = self._begin(key)
        return synthesis.listen(playback)

    def prepare(self, text: str, voice: Voice) -> SynthesisListener | None:
        """Begin to make a sentence ahead that may be asked for, while the model has nothing else to do.

        :returns: its sound, to be closed; ``None`` if it is there already, or being made.
        """
        key = SentenceKey(text, voice)
        if key in self._running or self._cache.get(key) or self._prepared.get(key):
            return None
        return self._begin(key).listen(NobodysPlayback())

    @property
    def prepared_s(self) -> float:
        """Seconds of sound made ahead that nobody has asked for yet."""
        return self._prepared.size / _SECOND

    def forget_prepared(self) -> None:
        """Drop the sound that was made ahead: nobody is going to ask for it."""
        self._prepared.clear()

    def _begin(self, key: SentenceKey) -> SharedSynthesis:
        synthesis = SharedSynthesis(partial(self._make, key), partial(self._ended, key))
        self._running[key] = synthesis
        return synthesis

    def _ended(self, key: SentenceKey, synthesis: SharedSynthesis) -> None:
        if self._running.get(key) is synthesis:
            del self._running[key]
        if synthesis.complete:
            (self._cache if synthesis.heard else self._prepared).put(key, synthesis.sound)

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
                samples = trimmer.trim(frame) if trimmer is not None else np.asarray(frame, np.float32)
                if leveller is not None:
                    samples = leveller.level(samples)
                if len(samples):
                    yield encode_s16(samples)
        if trimmer is not None and len(rest := trimmer.flush()):
            yield encode_s16(leveller.level(rest) if leveller is not None else rest)
        if leveller is not None:
            leveller.finish_sentence()

    async def _frames(
        self, key: SentenceKey, playback: PlaybackClock
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        """What the engine speaks.

        Made ahead, it may have to give way to other work. If somebody listens by then, it is spoken once more,
        and what was given before is left out: the same text and voice sound the same each time.
        """
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
                # A listener may have come at the very moment at which it gave way.
                if not playback.awaited:
                    # Nobody may join from now on: this synthesis is over, although its task is not done yet.
                    self._running.pop(key, None)
                    raise


def kept_silence(settings: SpeakingSettings) -> tuple[float, float]:
    """Seconds of the model's own silence that stay before and behind a sentence."""
    if not settings.trim:
        return 0.0, 0.0
    return min(KEPT_BEFORE_S, settings.silence_before_s), min(KEPT_AFTER_S, settings.silence_after_s)


async def _cached(sound: bytes, _playback: PlaybackClock) -> AsyncGenerator[bytes, None]:
    for begin in range(0, len(sound), _SLICE):
        yield sound[begin : begin + _SLICE]


def _nothing(_synthesis: SharedSynthesis) -> None:
    """What comes from the cache need not be cached at its end."""
