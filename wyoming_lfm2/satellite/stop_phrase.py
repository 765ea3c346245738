"""Whether somebody has said "stop" while the satellite speaks or rings, and nothing else.

No small network knows "stop". But the model that transcribes is resident: each short piece of speech is given to
it, and only a piece that is a stop phrase from its first word to its last counts.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.core.happenings import SpeechStarted, SpeechStopped, StopPhraseHeard
from wyoming_lfm2.satellite.wake_word import RATE

_LOGGER = logging.getLogger(__name__)

STOP_PHRASES = (
    "stop",
    "stop it",
    "stop that",
    "stop talking",
    "stop the timer",
    "stop the alarm",
    "cancel",
    "cancel that",
    "quiet",
    "be quiet",
    "silence",
    "enough",
    "that's enough",
    "shut up",
    "never mind",
    "skip",
    "skip it",
    "okay stop",
)
"""English; a setting may name others."""

_MARGIN_S = 0.3
"""Kept before and after the speech, as the model is used to it."""
_FILLING = frozenset({"please", "now", "okay", "ok", "hey", "no"})

Transcriber = Callable[[NDArray[np.float32]], Awaitable[str]]
"""Takes float32, shape ``(n,)``, 16 kHz mono, -1 to 1; gives the text of it."""


def plain_words(text: str) -> list[str]:
    """Lower case, without punctuation."""
    return re.findall(r"[\w']+", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def is_stop_phrase(text: str, phrases: Sequence[str] = STOP_PHRASES) -> bool:
    """Whether a transcript is a stop phrase and nothing more, said once or several times, or politely."""
    known = {tuple(plain_words(phrase)) for phrase in phrases} - {()}
    words = plain_words(text)
    if tuple(words) in known:
        return True
    while words and words[0] in _FILLING:
        words = words[1:]
    while words and words[-1] in _FILLING:
        words = words[:-1]
    return bool(words) and any(
        len(words) % len(phrase) == 0 and words == list(phrase) * (len(words) // len(phrase))
        for phrase in known
    )


@dataclass(frozen=True)
class StopPhraseSettings:
    """What counts."""

    phrases: Sequence[str] = STOP_PHRASES
    longest_s: float = 1.5
    """Speech that goes on for longer is not given to the model."""


class StopPhraseListener:
    """Cuts short pieces of speech out of the microphone's frames, and has them judged.

    :param transcribe: see :data:`Transcriber`; what it raises costs a warning.
    """

    def __init__(self, settings: StopPhraseSettings, transcribe: Transcriber) -> None:
        self._settings = settings
        self._transcribe = transcribe
        self._frames: deque[tuple[NDArray[np.int16], float]] = deque()
        self._began: float | None = None

    def add(self, samples: NDArray[np.int16], captured_at: float) -> None:
        """Take the next frame, also while nothing plays: a phrase may begin just before.

        :param samples: int16, shape ``(n,)``, 16 kHz mono, without our own voice as well as can be.
        :param captured_at: when the last of them was captured; seconds of the monotonic clock.
        """
        self._frames.append((samples, captured_at))
        kept = self._settings.longest_s + 3 * _MARGIN_S
        while self._frames[0][1] < captured_at - kept:
            self._frames.popleft()

    def speech(self, happening: SpeechStarted | SpeechStopped) -> NDArray[np.float32] | None:
        """Take what the voice activity detector has found in the frames up to now.

        :returns: the sound to be judged, if a short piece of speech is complete: float32, 16 kHz mono.
        """
        if isinstance(happening, SpeechStarted):
            self._began = happening.at
            return None
        began, self._began = self._began, None
        if began is None or happening.at - began > self._settings.longest_s:
            return None
        first, last = began - _MARGIN_S, happening.at + _MARGIN_S
        parts = [
            samples
            for samples, captured_at in self._frames
            if captured_at > first and captured_at - len(samples) / RATE < last
        ]
        return np.concatenate(parts).astype(np.float32) / np.float32(32768.0) if parts else None

    async def judge(self, sound: NDArray[np.float32]) -> StopPhraseHeard | None:
        """Have a piece of speech transcribed; None: it is no stop phrase, or nobody could tell."""
        try:
            text = await self._transcribe(sound)
        except Exception as error:  # noqa: BLE001 - whatever the model's trouble is, the answer goes on
            _LOGGER.warning("A stop phrase could not be listened for: %s", error)
            return None
        return StopPhraseHeard(text.strip()) if is_stop_phrase(text, self._settings.phrases) else None
