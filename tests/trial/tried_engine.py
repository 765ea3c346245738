"""An engine that hears, speaks and answers without fault; a test gives it one."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE, EngineInfo, PlaybackClock, Voice, Written
from wyoming_lfm2.trial.sentences import RECORDINGS

VOICES = (
    Voice("us-female", "Perform TTS.", ("en-US", "en"), "one"),
    Voice("us-male", "Perform TTS.", ("en-US", "en"), "another"),
)
RECORDED = {2.21: RECORDINGS[0].text, 2.79: RECORDINGS[1].text}
"""By their seconds."""


class TriedEngine:
    """Knows a sound again by its length."""

    def __init__(self) -> None:
        self.info = EngineInfo("tried", "A stand-in", "1", ("en",), longest_piece_s=30.0, voices=VOICES)
        self.writes: Callable[[str], str] = lambda text: text
        """What becomes of a transcript."""
        self.sounds: Callable[[NDArray[np.float32]], NDArray[np.float32]] = lambda sound: sound
        """What becomes of a sound."""
        self.cut = ""
        """What the engine warns of with everything that it makes."""
        self.answers = ["The capital is Paris.", "A week has seven days."]
        self._lengths = dict(RECORDED)

    def change(self, **fields: object) -> None:
        self.info = replace(self.info, **fields)  # type: ignore[arg-type]

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        self._warn()
        yield self.writes(self._lengths[round(len(samples) / SAMPLE_RATE, 2)])

    async def speak(
        self, text: str, voice: Voice, playback: PlaybackClock | None = None
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        self._warn()
        yield self._sound(text)

    async def answer(
        self, text: str, dialogue: str | None = None, system: str = ""
    ) -> AsyncGenerator[str, None]:
        self._warn()
        yield self.answers[0]

    async def converse(
        self,
        heard: NDArray[np.float32] | str,
        dialogue: str | None = None,
        voice: Voice | None = None,
        playback: PlaybackClock | None = None,
    ) -> AsyncGenerator[str | NDArray[np.float32], None]:
        self._warn()
        yield self.answers[1]
        yield self._sound(self.answers[1])

    async def check_told(self, system: str, grammar: str = "", tools: str = "") -> None:
        raise NotImplementedError

    def choose(
        self, text: str, grammar: str, dialogue: str | None = None, system: str = "", tools: str = ""
    ) -> AsyncGenerator[Written, None]:
        raise NotImplementedError

    def _sound(self, text: str) -> NDArray[np.float32]:
        seconds = 3 + len(self._lengths) / 10
        self._lengths[round(seconds, 2)] = text
        tone = 0.3 * np.sin(np.arange(round(seconds * SPEECH_RATE)) / 20)
        return self.sounds(tone.astype(np.float32))

    def _warn(self) -> None:
        if self.cut:
            logging.getLogger("wyoming_lfm2.engine.stand_in").warning("%s", self.cut)
