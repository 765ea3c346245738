"""Keeps the sound of spoken sentences in memory: a home says the same few things again and again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from wyoming_lfm2.engine.api import Voice


@dataclass(frozen=True)
class SentenceKey:
    """What decides how a sentence sounds."""

    text: str
    """In its spoken form."""
    voice: Voice


class SentenceCache:
    """The sound of sentences, least recently used dropped first."""

    def __init__(self, capacity: int) -> None:
        """:param capacity: bytes of sound; 0 keeps nothing."""
        self._capacity = capacity
        self._sounds: OrderedDict[SentenceKey, bytes] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of sound that are kept."""
        return self._size

    def get(self, key: SentenceKey) -> bytes | None:
        """The sound, 16 bit mono at ``SPEECH_RATE``, if it is kept."""
        sound = self._sounds.get(key)
        if sound is not None:
            self._sounds.move_to_end(key)
        return sound

    def take(self, key: SentenceKey) -> bytes | None:
        """The sound, which is kept no longer."""
        sound = self._sounds.pop(key, None)
        self._size -= len(sound or b"")
        return sound

    def clear(self) -> None:
        """Keep nothing of what there is."""
        self._sounds.clear()
        self._size = 0

    def put(self, key: SentenceKey, sound: bytes) -> None:
        """Keep it, unless it alone is larger than everything that may be kept."""
        if not sound or len(sound) > self._capacity:
            return
        self._size += len(sound) - len(self._sounds.pop(key, b""))
        self._sounds[key] = sound
        while self._size > self._capacity:
            _, dropped = self._sounds.popitem(last=False)
            self._size -= len(dropped)
