"""Text to speech as the reference generates it: greedy text, then frames, then text again."""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.code_sampling import CodeSampler
from wyoming_lfm2.engine.requests.prompts import TtsPrompt
from wyoming_lfm2.engine.requests.runaway import RunawayGuard
from wyoming_lfm2.engine.requests.steps import (
    AudioFrame,
    DecodeToken,
    FlushAudio,
    Fork,
    GenerateAudioFrame,
    KeepPrefix,
    Output,
    Prefill,
    PrefillTokens,
    Priority,
    RequestSteps,
    Step,
    UsePrefix,
)

_LOGGER = logging.getLogger(__name__)

TOKENS_BESIDE_FRAMES = 16
"""Text that the model may write before, between and after what it says."""

_Part = Generator[Step | Output, Any, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Synthesis:
    """One sentence to be spoken."""

    prefix: tuple[int, ...]
    """The voice's prompt; see :meth:`TtsPrompt.prefix`."""
    text: tuple[int, ...]
    """What comes after it; see :meth:`TtsPrompt.text`."""
    unconditioned: tuple[int, ...]
    """What comes after the voice's prompt in the unconditioned sequence: the same without the text. For guidance."""
    prompt: TtsPrompt
    voice: Voice
    codebooks: int
    most_frames: int
    """The sentence is cut here; see :func:`~wyoming_lfm2.engine.requests.runaway.most_frames`."""
    rows_per_step: int
    """Tokens that one prefill step may have."""
    listener: PlaybackClock | None

    after: ClassVar[None] = None
    priority: ClassVar[Priority] = Priority.SPEECH

    @property
    def rows(self) -> int:
        """Rows of context that it takes at most."""
        guidance = len(self.unconditioned) + self.most_frames if self._guided else 0
        return len(self.prefix) + len(self.text) + self.most_frames + TOKENS_BESIDE_FRAMES + 1 + guidance

    @property
    def _guided(self) -> bool:
        return self.voice.guidance != 1.0

    def run(self) -> RequestSteps:
        """The request; its outputs are pieces of sound."""
        logits = yield from self._prompted()
        draws = CodeSampler(self.voice.temperature, self.voice.top_k, self.voice.seed)
        guard = RunawayGuard(self.most_frames, self.codebooks)
        spoken = False
        for _ in range(TOKENS_BESIDE_FRAMES):
            token = int(np.argmax(logits))
            if token == self.prompt.im_end:
                break
            if token != self.prompt.audio_start:
                logits = yield DecodeToken(token)
                continue
            spoken = True
            frame = yield from self._spoken(draws, guard)
            if not frame.ends:
                break
            logits = yield Prefill(frame.row[None], output=True)
        if not spoken:
            # The reference would end here without a sound. A sentence that was to be heard is not given up yet.
            frame = yield from self._spoken(draws, guard)
            if frame.ends and not guard.frames:
                raise EngineError(
                    f"the model wrote text instead of speaking a sentence of {len(self.text)} tokens; a shorter "
                    "one may help, or another voice, whose prompt it knows"
                )
        yield from sound_output((yield FlushAudio()))

    def _prompted(self) -> _Part:
        """Bring the prompt into the sequence."""
        if not (yield UsePrefix(self.prefix)):
            yield from self._prefilled(self.prefix)
            yield KeepPrefix(self.prefix)
        if self._guided:
            yield Fork(self.unconditioned)
        logits: NDArray[np.float32] = yield from self._prefilled(self.text)
        return logits

    def _prefilled(self, tokens: tuple[int, ...]) -> _Part:
        for start in range(0, len(tokens), self.rows_per_step):
            logits: NDArray[np.float32] = yield PrefillTokens(tokens[start : start + self.rows_per_step])
        return logits

    def _spoken(self, draws: CodeSampler, guard: RunawayGuard) -> Generator[Step | Output, Any, AudioFrame]:
        """Speak up to end-of-audio, or until the sentence has run away; the last audio frame."""
        row = self.prompt.audio_start_row
        while True:
            frame: AudioFrame = yield GenerateAudioFrame(row, draws, self.voice.guidance)
            if frame.ends:
                return frame
            row = frame.row
            yield from sound_output(frame.sound)
            reason = guard.add(frame.codes, frame.sound)
            if reason:
                _LOGGER.warning("a sentence of voice %s was cut: %s", self.voice.name, reason)
                return frame


def sound_output(sound: NDArray[np.float32]) -> Generator[Output, None, None]:
    """Hand ``sound`` to the client, who gets a copy of its own."""
    if len(sound):
        yield Output(np.clip(sound, -1.0, 1.0))
