"""The model of this process as a satellite's brain: no hub, no network.

Everything that this package's satellite takes from speech to text, text to speech, the engine and the port's
conversation is imported here and nowhere else.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.stream import AsrStream
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.engine.api import CALL_TOKENS, SPEECH_RATE, Converser, EngineInfo, Speaker, Transcriber
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.intents.calls import CallCertainty, CallError
from wyoming_lfm2.intents.definitions import Need
from wyoming_lfm2.satellite.brains.brain import (
    NOTHING_SAID,
    AnswerText,
    AudioChunk,
    AudioStart,
    AudioStop,
    Availability,
    BrainError,
    BrainEvent,
    Finished,
    RunRequest,
    SpeechEnded,
    Transcript,
    Unasked,
)
from wyoming_lfm2.satellite.timer_requests import read_timer_request
from wyoming_lfm2.satellite.timers import LocalTimers
from wyoming_lfm2.server.conversation_context import conversation_prompt, with_time
from wyoming_lfm2.server.home_control import HomeControl
from wyoming_lfm2.tts.speech_stream import SpeechStream
from wyoming_lfm2.tts.synthesizer import Synthesizer
from wyoming_lfm2.tts.voices import Voices

_FORMAT = PcmFormat(16_000, 2, 1)

CONVERSATION_S = 300.0
"""A dialogue that rests for so long is over; Home Assistant's own limit."""

_NO_HUB = "I can't control the home without Home Assistant. I can answer questions and set timers."
_NEVER_MIND = "HassNevermind"
"""The one call that nobody has to carry out."""

_NO_CONVERSATION = "This model can't answer questions. I can set timers."


class Engine(Transcriber, Speaker, Converser, Protocol):
    """The resident model: hears, answers and speaks."""


class ResidentBrain:
    """Hears, answers and speaks in this process; a :class:`~.brain.Brain`.

    :param settings: sections ``hearing``, ``endpointing``, ``speaking`` and ``conversation``; endpointing is always on.
    :param timers: the satellite's own; whoever made them lets them ring.
    :param clock: seconds of the monotonic clock.
    :param now: the local date and time.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        timers: LocalTimers,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._timers = timers
        self._clock = clock
        self._now = now
        self._synthesizer = Synthesizer(engine, settings.speaking)
        speaking = settings.speaking
        voices = engine.info.voices
        self._voices = Voices(voices, speaking.voices, speaking.voice) if voices else None
        self._endpointing = settings.endpointing.model_copy(
            update={"enabled": True, "silence_s": settings.satellite.silence_s}
        )
        self._home = HomeControl(settings.conversation.model_copy(update={"home_control": True}))
        self._dialogue = ""
        self._dialogue_rests_since = float("-inf")
        self._unasked: asyncio.Queue[Unasked] = asyncio.Queue()

    @property
    def name(self) -> str:
        """The model's."""
        return self._info.name

    @property
    def available(self) -> bool:
        """Always: it is loaded."""
        return True

    @property
    def _info(self) -> EngineInfo:
        return self._engine.info

    async def start(self) -> None:
        """See :class:`~.brain.Brain`."""
        await self._synthesizer.warm_up()
        self._unasked.put_nowait(Availability(True))

    async def close(self) -> None:
        """Nothing to end: the engine is not ours."""

    async def unasked(self) -> AsyncIterator[Unasked]:
        """See :class:`~.brain.Brain`."""
        while True:
            yield await self._unasked.get()

    def played(self) -> None:
        """Nobody waits for it."""

    async def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """See :class:`~.brain.Brain`."""
        try:
            async with aclosing(self._hear(audio)) as hearing:
                text = ""
                async for event in hearing:
                    yield event
                    if isinstance(event, Transcript):
                        text = event.text
            if not text.strip():
                raise BrainError("Nothing was said.", NOTHING_SAID)
            async with aclosing(self._answer(text, request)) as answering:
                async for event in answering:
                    yield event
        except EngineError as error:
            raise BrainError(str(error), error.code) from error

    async def transcribe(self, samples: NDArray[np.float32]) -> str:
        """What is said in a short piece of sound.

        :param samples: float32, shape ``(n,)``, 16 kHz mono, -1 to 1.
        :raises EngineError: the engine has failed.
        """
        async with aclosing(self._engine.transcribe(samples)) as fragments:
            return "".join([fragment async for fragment in fragments])

    async def speak(self, text: str) -> AsyncGenerator[BrainEvent, None]:
        """Say a text: the events of its sound; none if the model cannot speak or nothing can be said.

        :raises BrainError: the engine has failed.
        """

        async def whole() -> AsyncGenerator[str, None]:
            yield text

        try:
            async with aclosing(self._sound(whole())) as sound:
                async for event in sound:
                    yield event
        except EngineError as error:
            raise BrainError(str(error), error.code) from error

    async def _hear(self, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """The end of speech and the transcript."""
        stream = AsrStream(self._engine, self._settings.hearing, self._endpointing)
        feeding = asyncio.create_task(_feed(stream, audio), name="wyoming-lfm2 satellite hearing")
        collecting = asyncio.create_task(_text(stream), name="wyoming-lfm2 satellite transcript")
        try:
            await asyncio.wait({feeding, collecting}, return_when=asyncio.FIRST_COMPLETED)
            if feeding.done():
                feeding.result()
            yield SpeechEnded()
            yield Transcript((await collecting).strip())
        finally:
            for task in (feeding, collecting):
                task.cancel()
            await asyncio.gather(feeding, collecting, return_exceptions=True)
            await stream.cancel()

    async def _answer(self, text: str, request: RunRequest) -> AsyncGenerator[BrainEvent, None]:
        del request  # one model, one manner
        answer: list[str] = []

        async def noted() -> AsyncGenerator[str, None]:
            async with aclosing(self._written(text)) as fragments:
                async for fragment in fragments:
                    answer.append(fragment)
                    yield fragment

        async with aclosing(self._sound(noted())) as sound:
            async for event in sound:
                yield event
        said = "".join(answer).strip()
        self._dialogue_rests_since = self._clock()
        yield Finished(expects_reply=said.endswith(("?", "\uff1f")))

    async def _written(self, text: str) -> AsyncGenerator[str, None]:
        """The answer in words, as it is written."""
        wanted = read_timer_request(text)
        if wanted is not None:
            reply = self._timers.answer(wanted, self._clock())
            for event in reply.events:
                self._unasked.put_nowait(event)
            yield reply.text
        elif not self._info.converses:
            yield self._info.chat_unavailable_reason or _NO_CONVERSATION
        elif await self._is_for_a_home(text):
            yield _NO_HUB
        else:
            async with aclosing(self._conversation(text)) as fragments:
                async for fragment in fragments:
                    yield fragment

    async def _is_for_a_home(self, text: str) -> bool:
        """Whether the model would have a home do it.

        Asked of a model that knows a home and little else: left to answer in words, it confirms what nobody does. The
        others are told in their system prompt that they control nothing.
        """
        if not (self._info.home_prompt and self._info.calls):
            return False
        system, home = self._home.turn(frozenset({Need.NOTHING}), self._info, self._info.languages[0])
        answer = CallCertainty()
        choosing = self._engine.choose(text, home.grammar, None, system, home.tools)
        async with aclosing(choosing) as fragments:
            async for written in fragments:
                if answer.feed(written.text, written.probability) or answer.call_is_written:
                    break
        if not answer.calls:
            return False
        try:
            return answer.call().kind.name != _NEVER_MIND
        except CallError:
            return False

    async def _conversation(self, text: str) -> AsyncGenerator[str, None]:
        language = self._info.languages[0]
        settings = self._settings.conversation
        if self._clock() - self._dialogue_rests_since > CONVERSATION_S:
            self._dialogue = f"satellite-{uuid.uuid4().hex}"
        told = with_time(text, language, self._now()) if settings.tell_time else text
        system = conversation_prompt(settings, self._info, language)
        async with aclosing(self._engine.answer(told, self._dialogue, system)) as fragments:
            async for fragment in fragments:
                if any(token in fragment for token in CALL_TOKENS):
                    # It would have a home act, and there is no home behind this satellite.
                    yield _NO_HUB
                    return
                yield fragment

    async def _sound(self, text: AsyncGenerator[str, None]) -> AsyncGenerator[BrainEvent, None]:
        """What is said and its sound, from the first sentence on."""
        if self._voices is None:
            yield AnswerText("".join([fragment async for fragment in text]).strip())
            return
        stream = SpeechStream(self._synthesizer, self._voices.choose())
        written: asyncio.Queue[str | None] = asyncio.Queue()

        async def write() -> None:
            whole: list[str] = []
            try:
                async with aclosing(text):
                    async for fragment in text:
                        whole.append(fragment)
                        stream.add(fragment)
                written.put_nowait("".join(whole).strip())
            finally:
                stream.finish()

        writing = asyncio.create_task(write(), name="wyoming-lfm2 satellite answer")
        told = False
        try:
            started = False
            async with aclosing(stream.pcm()) as pieces:
                async for pcm in pieces:
                    if not told and not written.empty():
                        told = True
                        yield AnswerText(written.get_nowait() or "")
                    if not started:
                        started = True
                        yield AudioStart(SPEECH_RATE)
                    yield AudioChunk(pcm)
            await writing
            if not told:
                yield AnswerText(written.get_nowait() or "")
            if started:
                yield AudioStop()
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError, EngineError):
                await writing
            await stream.close()


async def _feed(stream: AsrStream, audio: AsyncIterator[bytes]) -> None:
    async for frame in audio:
        if stream.ended:
            return
        await stream.feed(frame, _FORMAT)
    await stream.finish()


async def _text(stream: AsrStream) -> str:
    return "".join([fragment async for fragment in stream.fragments()])
