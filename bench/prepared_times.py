"""What it saves that an answer is spoken before anybody asks: from ``synthesize`` to the first sound, with and without.

A client talks to the Wyoming port as Home Assistant does: ``transcript`` on one connection, and after the answer
``synthesize`` on another. What is in the model is real work of LFM2-Audio's size, of a forced length.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from wyoming.audio import AudioChunk, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.handle import HandledStop
from wyoming.tts import Synthesize

from bench.forced_answer import ForcedAnswer, forced_turn
from bench.speech_times import SENTENCE, ForcedSpeech
from wyoming_lfm2.config.settings import ConversationSettings, LogSettings, ServiceSettings, SpeakingSettings
from wyoming_lfm2.engine.api import Converser, EngineInfo, PlaybackClock, Voice
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server
from wyoming_lfm2.server.tts import TtsService

_FRAMES = 12
_VOICE = Voice("us-female", "Perform TTS. Use the US female voice.", ("en-US",), "")


@dataclass(frozen=True)
class PreparedTimes:
    """One way of asking, with and without preparation, measured in turns."""

    pause_s: float
    """Between the answer and ``synthesize``."""
    prepared_s: float
    plain_s: float
    """From ``synthesize`` to the first sound."""
    ratio: float
    """Of the two, the median of the pairs."""


class ForcedVoice:
    """A ``Speaker`` and ``Converser`` that says and answers so much, whatever the random weights would say."""

    def __init__(self, scheduler: Scheduler[ModelRunner]) -> None:
        self._scheduler = scheduler
        self.info = EngineInfo(
            "forced", "Random weights", "1", ("en",), longest_piece_s=30.0, voices=(_VOICE,)
        )

    async def speak(
        self,
        text: str,  # noqa: ARG002 - the same whatever it is
        voice: Voice,  # noqa: ARG002
        playback: PlaybackClock | None = None,
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        """Say one sentence; see ``Speaker.speak``."""
        model = self._scheduler.loaded.result()
        assert model.speech is not None
        assert playback is not None
        work = ForcedSpeech(model.speech, _FRAMES, playback)
        async with aclosing(stream_outputs(self._scheduler, work, lambda: not playback.awaited)) as pieces:
            async for piece in pieces:
                yield piece

    async def answer(
        self,
        text: str,  # noqa: ARG002 - the same whatever it is
        dialogue: str | None = None,  # noqa: ARG002
        system: str = "",  # noqa: ARG002
    ) -> AsyncGenerator[str, None]:
        """Answer with one sentence; see ``Converser.answer``."""
        work = ForcedAnswer(forced_turn(self._scheduler.loaded.result()))
        async with aclosing(stream_outputs(self._scheduler, work)) as outputs:
            async for _ in outputs:
                pass
        yield f"{SENTENCE}."


async def measure_preparation(
    scheduler: Scheduler[ModelRunner], rounds: int, pauses_s: Sequence[float]
) -> list[PreparedTimes]:
    """Each pause both ways."""
    voice = ForcedVoice(scheduler)
    times = []
    async with _served(voice, prepare=True) as prepared, _served(voice, prepare=False) as plain:
        for pause_s in pauses_s:
            pairs = [
                (await _first_sound(prepared, pause_s), await _first_sound(plain, pause_s))
                for _ in range(rounds + 1)
            ][1:]
            times.append(
                PreparedTimes(
                    pause_s,
                    statistics.median(ahead for ahead, _ in pairs),
                    statistics.median(behind for _, behind in pairs),
                    statistics.median(behind / ahead for ahead, behind in pairs),
                )
            )
    return times


@asynccontextmanager
async def _served(voice: ForcedVoice, *, prepare: bool) -> AsyncIterator[int]:
    log = LogSettings()
    # Without the memory for sentences, since it is the same sentence each time.
    tts = TtsService("lfm2", voice, SpeakingSettings(prepare=prepare, cache_mb=0), log)
    handle = ConversationService(
        "lfm2", cast("Converser", voice), ConversationSettings(), log, on_said=tts.prepare
    )
    server = Server(ServiceSettings(uri="tcp://127.0.0.1:0"))
    server.bind()
    await server.start([tts, handle])
    try:
        assert isinstance(server.uri, TcpUri)
        yield server.uri.port
    finally:
        await server.stop()


async def _first_sound(port: int, pause_s: float) -> float:
    async with AsyncTcpClient("127.0.0.1", port) as client:
        await client.write_event(Event("transcript", {"text": "Is the light on?"}))
        await _until(client, HandledStop.is_type)
    await asyncio.sleep(pause_s)
    async with AsyncTcpClient("127.0.0.1", port) as client:
        start = time.perf_counter()
        await client.write_event(Synthesize(f"{SENTENCE}.").event())
        await _until(client, AudioChunk.is_type)
        took = time.perf_counter() - start
        await _until(client, AudioStop.is_type)
    return took


async def _until(client: AsyncTcpClient, wanted: Callable[[str], bool]) -> None:
    while True:
        event = await client.read_event()
        if event is None or event.type == "error":
            raise RuntimeError(f"the port ended it: {event}")
        if wanted(event.type):
            return
