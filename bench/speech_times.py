"""How long speaking takes: each part of a frame, the first sound, several at once, and played in real time."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wyoming_lfm2.engine.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.code_sampling import CodeSampler
from wyoming_lfm2.engine.hand_over import stream
from wyoming_lfm2.engine.interface import SAMPLE_RATE, SPEECH_RATE
from wyoming_lfm2.engine.playback import Playback
from wyoming_lfm2.engine.resident_model import ResidentModel
from wyoming_lfm2.engine.scheduler import Scheduler
from wyoming_lfm2.engine.speech_model import SpeechModel
from wyoming_lfm2.engine.steps import (
    DecodeToken,
    Encode,
    KeepPrefix,
    Output,
    Prefill,
    PrefillTokens,
    Request,
    SpeakFrame,
    UsePrefix,
)

SENTENCE = "The light in the kitchen is on and the window is open"
"""Twelve words, one token each in the released vocabulary."""
_PREFIX = "Perform TTS. Use the US female voice."
_ROUNDS = 30
_COMMAND_S = 3
_COMMAND_TOKENS = 12


def measure_parts(model: ResidentModel, count: int) -> dict[str, float]:
    """Seconds of the parts of a frame, of ``count`` utterances at once; medians."""
    speech = model.speech
    assert speech is not None
    random = np.random.default_rng(0)
    sequences = [model.sequences.take(200) for _ in range(count)]
    taken = [sequence for sequence in sequences if sequence is not None]
    rows = random.standard_normal((count, model.backbone.width), np.float32)
    hidden = rows.copy()
    ids = [sequence.id for sequence in taken]
    draws = [CodeSampler(0.8, 64, seed) for seed in range(count)]
    codes = random.integers(0, 2000, (count, speech.tables.sizes.n_codebooks)).astype(np.int32)
    columns = random.standard_normal((6, 1282), np.float32)

    def backbone() -> None:
        model.backbone.hidden_states(ids, [sequence.position for sequence in taken], rows)
        for sequence in taken:
            sequence.position += 1

    def heads() -> None:
        of_count = speech.depthformer._heads_for(count)
        of_count.inputs(hidden)
        for book in range(speech.tables.sizes.n_codebooks):
            of_count.logits(book, hidden[:, : speech.tables.sizes.n_embd])

    def frame() -> None:
        speech.frames([(sequence, SpeakFrame(rows[i], draws[i])) for i, sequence in enumerate(taken)])

    parts: dict[str, Callable[[], Any]] = {
        "backbone": backbone,
        "depthformer, heads, drawing": lambda: speech.depthformer.frames(hidden, draws),
        "of these, heads": heads,
        "detokenizer": lambda: speech.detokenizer.columns(ids, codes),
        "inverse Fourier transform": lambda: [speech.detokenizer._streams[i].add(columns) for i in ids],
        "a whole frame": frame,
    }
    times = {name: _median(part) for name, part in parts.items()}
    for sequence in taken:
        model.sequences.give_back(sequence)
    return times


def _median(part: Callable[[], Any]) -> float:
    part()
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        part()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@dataclass(eq=False)
class ForcedSpeech:
    """Speaks so many frames, whatever the random weights would say."""

    model: SpeechModel
    frames: int
    listener: Playback | None
    rows: int = field(init=False)

    def __post_init__(self) -> None:
        self.rows = self.frames + 100

    def run(self) -> Request:
        """As ``Speech.run``, but for what ends it."""
        prefix = self.model.prompt.prefix(_PREFIX)
        if not (yield UsePrefix(prefix)):
            for start in range(0, len(prefix), ROWS_PER_STEP):
                yield PrefillTokens(prefix[start : start + ROWS_PER_STEP])
            yield KeepPrefix(prefix)
        # As many tokens as the released vocabulary makes of the sentence; ours would make more.
        words = len(SENTENCE.split())
        text = (300,) * words + self.model.prompt.text("")
        yield PrefillTokens(text)
        draws = CodeSampler(0.8, 64, 1)
        row = self.model.prompt.audio_start_row
        for _ in range(self.frames):
            frame = yield SpeakFrame(row, draws)
            row = frame.row
            yield Output(frame.sound.copy())


@dataclass(eq=False)
class ForcedTranscription:
    """Hears so many seconds and writes so many tokens."""

    model: ResidentModel
    rows: int = 200
    listener: None = None

    def run(self) -> Request:
        """As ``Transcription.run``, but for what ends it."""
        yield UsePrefix(self.model.prompt.prefix)
        heard = (yield Encode(np.zeros(_COMMAND_S * SAMPLE_RATE, np.float32))).copy()
        for start in range(0, len(heard), ROWS_PER_STEP):
            yield Prefill(heard[start : start + ROWS_PER_STEP], output=start + ROWS_PER_STEP >= len(heard))
        for _ in range(_COMMAND_TOKENS):
            yield DecodeToken(1000)
        yield Output("")


async def first_sound(scheduler: Scheduler[ResidentModel], rounds: int) -> float:
    """Seconds from asking to the first sound of a sentence of twelve words, its voice's prompt kept."""
    speech = scheduler.loaded.result().speech
    assert speech is not None
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        async with aclosing(stream(scheduler, ForcedSpeech(speech, 4, Playback()))) as pieces:
            await anext(pieces)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


async def played(
    scheduler: Scheduler[ResidentModel], seconds: float, listeners: int, command_after_s: float | None = None
) -> dict[str, float]:
    """Let listeners play in real time; a command may be said to the same model meanwhile."""
    model = scheduler.loaded.result()
    speech = model.speech
    assert speech is not None
    results: dict[str, float] = {}
    playbacks = [Playback() for _ in range(listeners)]
    least = [float("inf")]

    async def listen(playback: Playback) -> None:
        work = ForcedSpeech(speech, round(seconds * SPEECH_RATE / 1920), playback)
        begun = False
        async with aclosing(stream(scheduler, work)) as pieces:
            async for piece in pieces:
                if begun:
                    least[0] = min(least[0], playback.lead_s())
                begun = True
                playback.add(len(piece) / SPEECH_RATE)

    async def command() -> None:
        await asyncio.sleep(command_after_s or 0)
        start = time.perf_counter()
        async with aclosing(stream(scheduler, ForcedTranscription(model))) as pieces:
            async for _ in pieces:
                pass
        results["a command of 3 s, 12 tokens, meanwhile"] = time.perf_counter() - start

    start = time.perf_counter()
    tasks = [listen(playback) for playback in playbacks]
    if command_after_s is not None:
        tasks.append(command())
    await asyncio.gather(*tasks)
    took = time.perf_counter() - start
    results["time for each second of sound"] = took / seconds
    results["underruns"] = sum(playback.underruns for playback in playbacks)
    results["least sound ahead"] = least[0]
    return results
