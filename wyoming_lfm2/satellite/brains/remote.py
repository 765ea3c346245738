"""A Wyoming server elsewhere as a satellite's brain: it hears, answers and speaks, without Home Assistant."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

import numpy as np
from wyoming.asr import Transcribe
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioChunk as WyomingChunk
from wyoming.audio import AudioStart as WyomingStart
from wyoming.audio import AudioStop as WyomingStop
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize

from wyoming_lfm2.config.settings import EndpointingSettings
from wyoming_lfm2.protocol.errors import BadEventError, ServiceError
from wyoming_lfm2.protocol.framing import MAX_HEADER, encode_event, read_event
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri, parse_uri
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
from wyoming_lfm2.satellite.end_of_speech import EndOfSpeech
from wyoming_lfm2.satellite.timer_requests import read_timer_request
from wyoming_lfm2.satellite.timers import LocalTimers

_LOGGER = logging.getLogger(__name__)

_POLL_S = 10.0
_CONNECT_S = 5.0
_STEP_S = 30.0
"""The server's next event must come within this time."""
_CONVERSATION_S = 300.0
_VAD_OFF = "off"
"""Our own server's word for: the end is found elsewhere. Others pass over it."""
_NO_CONVERSATION = "The server can't answer questions. I can set timers."


class RemoteBrain:
    """Asks a server at ``tcp://HOST:PORT`` or ``unix:///PATH``; a :class:`~.brain.Brain`.

    The end of a command is found here, so that any server will do.

    :param timers: the satellite's own.
    :raises ServiceError: the uri is none.
    """

    def __init__(
        self,
        uri: str,
        timers: LocalTimers,
        endpointing: EndpointingSettings,
        clock: Callable[[], float] = time.monotonic,
        poll_s: float = _POLL_S,
    ) -> None:
        self.name = uri
        self._where = parse_uri(uri)
        if isinstance(self._where, StdioUri):
            raise ServiceError("stdio:// is no server to ask. Write tcp://HOST:10300")
        self._timers = timers
        self._endpointing = endpointing
        self._clock = clock
        self._poll_s = poll_s
        self._info: Info | None = None
        self._dialogue = ""
        self._rests_since = float("-inf")
        self._unasked: asyncio.Queue[Unasked] = asyncio.Queue()
        self._polling: asyncio.Task[None] | None = None

    @property
    def available(self) -> bool:
        """Whether the server was there when it was last looked for."""
        return self._info is not None

    async def start(self) -> None:
        """Begin to look for the server."""
        self._polling = asyncio.create_task(self._poll(), name="wyoming-lfm2 remote brain")

    async def close(self) -> None:
        """Stop looking for it."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    async def unasked(self) -> AsyncIterator[Unasked]:
        """See :class:`~.brain.Brain`."""
        while True:
            yield await self._unasked.get()

    def played(self) -> None:
        """Nobody waits for it."""

    async def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """See :class:`~.brain.Brain`."""
        del request  # one server, one manner
        try:
            text = ""
            async with aclosing(self._hear(audio)) as hearing:
                async for event in hearing:
                    yield event
                    if isinstance(event, Transcript):
                        text = event.text
            if not text.strip():
                raise BrainError("Nothing was said.", NOTHING_SAID)
            answer = await self._answer(text)
            yield AnswerText(answer)
            async with aclosing(self.speak(answer)) as sound:
                async for event in sound:
                    yield event
        except (OSError, TimeoutError, BadEventError) as error:
            raise BrainError(f"{self.name} does not answer ({error})", "offline") from error
        self._rests_since = self._clock()
        yield Finished(answer.rstrip().endswith(("?", "\uff1f")))

    async def speak(self, text: str) -> AsyncGenerator[BrainEvent, None]:
        """Say a text.

        :raises BrainError: the server reports an error.
        """
        if not text.strip() or self._info is None or not any(each.installed for each in self._info.tts):
            return
        async with self._connection() as server:
            await server.send(Synthesize(text=text).event())
            started = False
            while not WyomingStop.is_type((event := await server.event()).type):
                if not WyomingChunk.is_type(event.type):
                    continue
                chunk = WyomingChunk.from_event(event)
                if not started:
                    started = True
                    yield AudioStart(chunk.rate)
                if chunk.width == 2 and chunk.audio:
                    yield AudioChunk(_mono(chunk.audio, chunk.channels))
            if started:
                yield AudioStop()

    async def _hear(self, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        async with self._connection() as server:
            await server.send(Transcribe(vad_sensitivity=_VAD_OFF).event())
            await server.send(WyomingStart(rate=16_000, width=2, channels=1).event())
            watch = EndOfSpeech(self._endpointing)
            async for frame in audio:
                await server.send(WyomingChunk(rate=16_000, width=2, channels=1, audio=frame).event())
                if await asyncio.to_thread(watch.ends, frame):
                    break
            yield SpeechEnded()
            if not watch.spoken:
                yield Transcript("")
                return
            await server.send(WyomingStop().event())
            while not WyomingTranscript.is_type((event := await server.event()).type):
                pass
            yield Transcript(str(event.data.get("text") or "").strip())

    async def _answer(self, text: str) -> str:
        if (wanted := read_timer_request(text)) is not None:
            reply = self._timers.answer(wanted, self._clock())
            for event in reply.events:
                self._unasked.put_nowait(event)
            return reply.text
        info = self._info
        if info is None or not any(each.installed for each in [*info.handle, *info.intent]):
            return _NO_CONVERSATION
        if self._clock() - self._rests_since > _CONVERSATION_S:
            self._dialogue = f"satellite-{uuid.uuid4().hex}"
        async with self._connection() as server:
            context = {"conversation_id": self._dialogue}
            await server.send(WyomingTranscript(text=text, context=context).event())
            while (answered := await server.event()).type not in {"handled", "not-handled", "not-recognized"}:
                pass
        return str(answered.data.get("text") or "")

    async def _poll(self) -> None:
        while True:
            try:
                info: Info | None = await self._describe()
            except (
                OSError,
                TimeoutError,
                BrainError,
                BadEventError,
                KeyError,
                TypeError,
                ValueError,
            ) as error:
                info = None
                _LOGGER.debug("%s does not answer: %s", self.name, error)
            if info is not None and not any(each.installed for each in info.asr):
                _LOGGER.warning("%s offers no speech to text", self.name)
                info = None
            was_available, self._info = self.available, info
            if self.available is not was_available:
                self._unasked.put_nowait(Availability(self.available))
            await asyncio.sleep(self._poll_s)

    async def _describe(self) -> Info:
        async with self._connection() as server:
            await server.send(Describe().event())
            while not Info.is_type((event := await server.event()).type):
                pass
            return Info.from_event(event)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Server]:
        async with asyncio.timeout(_CONNECT_S):
            if isinstance(self._where, TcpUri):
                streams = await asyncio.open_connection(self._where.host, self._where.port, limit=MAX_HEADER)
            else:
                assert not isinstance(self._where, StdioUri)
                streams = await asyncio.open_unix_connection(self._where.path, limit=MAX_HEADER)
        try:
            yield _Server(*streams)
        finally:
            with suppress(RuntimeError):
                streams[1].transport.abort()


class _Server:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, event: Event) -> None:
        self._writer.write(encode_event(event))
        async with asyncio.timeout(_STEP_S):
            await self._writer.drain()

    async def event(self) -> Event:
        """The next one; BrainError if it is an error, ConnectionError if there is none."""
        async with asyncio.timeout(_STEP_S):
            event = await read_event(self._reader)
        if event is None:
            raise ConnectionError("it closed the connection")
        if event.type == "error":
            raise BrainError(
                str(event.data.get("text") or "The server failed."), str(event.data.get("code") or "")
            )
        return event


def _mono(pcm: bytes, channels: int) -> bytes:
    if channels < 2:
        return pcm
    whole = len(pcm) // (2 * channels) * 2 * channels
    samples = np.frombuffer(pcm[:whole], "<i2").reshape(-1, channels)
    mono: bytes = np.rint(samples.mean(axis=1)).astype("<i2").tobytes()
    return mono
