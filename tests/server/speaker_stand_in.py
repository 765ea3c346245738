"""A voice that is not there: tones in the place of words, held up or failing where a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
from numpy.typing import NDArray

from tests.server.stand_ins import MAKER
from wyoming_lfm2.engine.api import SPEECH_RATE, EngineInfo, PlaybackClock, Voice

FRAME = 1_920
"""Samples that an audio frame gives."""

US_FEMALE = Voice("us-female", "Perform TTS. Use the US female voice.", ("en-US", "en"), "US English, female")
UK_MALE = Voice("uk-male", "Perform TTS. Use the UK male voice.", ("en-GB", "en"), "UK English, male")
PITCHES = {"us-female": 440.0, "uk-male": 220.0}


def tone(samples: int, pitch: float = 440.0, amplitude: float = 0.125) -> NDArray[np.float32]:
    time = np.arange(samples) / SPEECH_RATE
    return (amplitude * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


class StandInSpeaker:
    """A frame for every five characters."""

    def __init__(self) -> None:
        self.voices: tuple[Voice, ...] = (US_FEMALE, UK_MALE)
        self.tts_unavailable_reason = ""
        self.error: Exception | None = None
        self.fails_at_frame = 0
        self.amplitude = 0.125
        self.frames: int | None = None
        """Instead of a number that depends on the text."""
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.holds_at_frame = 0
        """Where it waits for :attr:`may_go_on`."""
        self.said: list[tuple[str, str]] = []
        """Voice and text of every sentence that was begun."""
        self.playbacks: list[PlaybackClock | None] = []
        self.running = 0
        self.most_running = 0
        self.made = 0
        """Frames."""
        self.completed = 0
        self.at_work = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.said]

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "stand-in",
            "Always says the same",
            "1",
            ("en",),
            *MAKER,
            longest_piece_s=30.0,
            voices=self.voices,
            tts_unavailable_reason=self.tts_unavailable_reason,
        )

    async def speak(
        self, text: str, voice: Voice, playback: PlaybackClock | None = None
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        self.said.append((voice.name, text))
        self.playbacks.append(playback)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        self.idle.clear()
        self.at_work.set()
        try:
            count = self.frames or max(2, len(text) // 5)
            for number in range(count):
                if number == self.holds_at_frame:
                    await self.may_go_on.wait()
                if self.error is not None and number == self.fails_at_frame:
                    raise self.error
                await asyncio.sleep(0)
                self.made += 1
                samples = FRAME + 480 * ((number == count - 1) - (number == 0))
                yield tone(samples, PITCHES.get(voice.name, 330.0), self.amplitude)
            self.completed += 1
        finally:
            self.running -= 1
            if not self.running:
                self.at_work.clear()
                self.idle.set()
