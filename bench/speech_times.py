"""How long speaking takes: to the first sound, and played in real time by one listener or several."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np

from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE
from wyoming_lfm2.engine.model.audio_generator import AudioGenerator
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.code_sampling import CodeSampler
from wyoming_lfm2.engine.requests.steps import (
    DecodeToken,
    Encode,
    GenerateAudioFrame,
    KeepPrefix,
    Output,
    Prefill,
    PrefillTokens,
    Priority,
    RequestSteps,
    UsePrefix,
)
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler

SENTENCE = "The light in the kitchen is on and the window is open"
"""Twelve words, one token each in the released vocabulary."""
FRAME_SAMPLES = 1920
_PREFIX = "Perform TTS. Use the US female voice."
_COMMAND_S = 3
_COMMAND_TOKENS = 12


@dataclass(eq=False)
class ForcedSpeech:
    """Speaks so many frames, whatever the random weights would say."""

    model: AudioGenerator
    frames: int
    listener: PlaybackClock | None
    after: None = None
    priority: Priority = Priority.SPEECH
    rows: int = field(init=False)

    def __post_init__(self) -> None:
        self.rows = self.frames + 100

    def run(self) -> RequestSteps:
        """As ``Speech.run``, but for what ends it."""
        prefix = self.model.prompt.prefix(_PREFIX)
        if not (yield UsePrefix(prefix)):
            for start in range(0, len(prefix), ROWS_PER_STEP):
                yield PrefillTokens(prefix[start : start + ROWS_PER_STEP])
            yield KeepPrefix(prefix)
        # As many tokens as the released vocabulary makes of the sentence; ours would make more.
        words = (self.model.prompt.im_end,) * len(SENTENCE.split())
        text = words + self.model.prompt.text("")
        yield PrefillTokens(text)
        draws = CodeSampler(0.8, 64, 1)
        row = self.model.prompt.audio_start_row
        for _ in range(self.frames):
            frame = yield GenerateAudioFrame(row, draws)
            row = frame.row
            yield Output(frame.sound.copy())


@dataclass(frozen=True)
class Played:
    """What listeners had while they played in real time."""

    s_per_second: float
    """Seconds that a second of sound took, all listeners' together in one."""
    underruns: int
    """How often sound came after all before it had been played."""
    least_ahead_s: float
    """The least sound that any of them had still to play when more came."""
    command_s: float | None = None
    """From a command's audio to its whole transcript, if there was one."""


@dataclass(eq=False)
class ForcedTranscription:
    """Hears so many seconds and writes so many tokens."""

    model: ModelRunner
    rows: int = 200
    after: None = None
    listener: None = None
    priority: Priority = Priority.COMMAND

    def run(self) -> RequestSteps:
        """As ``Transcription.run``, but for what ends it."""
        yield UsePrefix(self.model.prompt.prefix)
        heard = (yield Encode(np.zeros(_COMMAND_S * SAMPLE_RATE, np.float32))).copy()
        for start in range(0, len(heard), ROWS_PER_STEP):
            yield Prefill(heard[start : start + ROWS_PER_STEP], output=start + ROWS_PER_STEP >= len(heard))
        for _ in range(_COMMAND_TOKENS):
            yield DecodeToken(self.model.prompt.suffix[0])
        yield Output("")


async def first_sound(scheduler: Scheduler[ModelRunner], rounds: int) -> float:
    """Seconds from asking to the first sound of a sentence of twelve words, its voice's prompt kept."""
    speech = scheduler.loaded.result().speech
    assert speech is not None
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        async with aclosing(stream_outputs(scheduler, ForcedSpeech(speech, 4, PlaybackClock()))) as pieces:
            await anext(pieces)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


async def played(
    scheduler: Scheduler[ModelRunner], seconds: float, listeners: int, command_after_s: float | None = None
) -> Played:
    """Let listeners play ``seconds`` each in real time; a command may be said to the same model meanwhile."""
    model = scheduler.loaded.result()
    speech = model.speech
    assert speech is not None
    playbacks = [PlaybackClock() for _ in range(listeners)]
    least = float("inf")

    async def listen(playback: PlaybackClock) -> None:
        nonlocal least
        work = ForcedSpeech(speech, round(seconds * SPEECH_RATE / FRAME_SAMPLES), playback)
        begun = False
        async with aclosing(stream_outputs(scheduler, work)) as pieces:
            async for piece in pieces:
                if begun:
                    least = min(least, playback.lead_s())
                begun = True
                playback.add(len(piece) / SPEECH_RATE)

    async def command(after_s: float) -> float:
        await asyncio.sleep(after_s)
        start = time.perf_counter()
        async with aclosing(stream_outputs(scheduler, ForcedTranscription(model))) as pieces:
            async for _ in pieces:
                pass
        return time.perf_counter() - start

    said = None if command_after_s is None else asyncio.create_task(command(command_after_s))
    start = time.perf_counter()
    await asyncio.gather(*(listen(playback) for playback in playbacks))
    took = time.perf_counter() - start
    underruns = sum(playback.underruns for playback in playbacks)
    return Played(took / seconds, underruns, least, None if said is None else await said)
