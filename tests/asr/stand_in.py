"""A transcriber and a voice activity detector whose answers a test decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.vad import FRAME_SAMPLES
from wyoming_lfm2.engine.api import SAMPLE_RATE, EngineInfo
from wyoming_lfm2.engine.errors import AudioTooLongError, AudioTooShortError, EngineError

SHORTEST_SAMPLES = 9 * 160
"""Nine mel frames."""

Answer = Sequence[str] | EngineError


class ScriptedTranscriber:
    """Keeps what :class:`Transcriber` promises, limits included, and remembers what was asked of it.

    :param answers: fragments or an error for each request in its turn, or a function of its samples.
    """

    def __init__(
        self,
        answers: Sequence[Answer] | Callable[[NDArray[np.float32]], Answer] = (),
        longest_piece_s: float = 30.0,
    ) -> None:
        self.info = EngineInfo("stand-in", "A stand-in", "1", ("en",), longest_piece_s=longest_piece_s)
        self.requests: list[NDArray[np.float32]] = []
        self.open = 0
        self.finished = 0
        self.closed_early = 0
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.may_leave = asyncio.Event()
        """Cleared: whoever closes a request has to wait, as for a step that cannot be interrupted."""
        self.may_leave.set()
        self._answers = answers

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        assert samples.dtype == np.float32
        assert samples.ndim == 1
        if len(samples) > self.info.longest_piece_s * SAMPLE_RATE:
            raise AudioTooLongError(f"{len(samples)} samples")
        if len(samples) < SHORTEST_SAMPLES:
            raise AudioTooShortError(f"{len(samples)} samples")
        answer = self._answers(samples) if callable(self._answers) else self._answers[len(self.requests)]
        self.requests.append(samples)
        if isinstance(answer, EngineError):
            raise answer
        self.open += 1
        done = False
        try:
            for fragment in answer:
                await self.may_write.wait()
                await asyncio.sleep(0)
                yield fragment
            done = True
        finally:
            await self.may_leave.wait()
            self.open -= 1
            if done:
                self.finished += 1
            else:
                self.closed_early += 1


class LevelDetector:
    """Takes every frame for speech that is louder than a tenth."""

    def __init__(self) -> None:
        self._waiting = np.zeros(0, dtype=np.float32)

    def feed_samples(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._waiting = np.concatenate([self._waiting, samples])
        frames = len(self._waiting) // FRAME_SAMPLES
        judged = self._waiting[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES)
        self._waiting = self._waiting[frames * FRAME_SAMPLES :]
        return (np.abs(judged).max(axis=1, initial=0) > 0.1).astype(np.float32)

    def flush(self) -> NDArray[np.float32]:
        return self.feed_samples(np.zeros(-len(self._waiting) % FRAME_SAMPLES, dtype=np.float32))
