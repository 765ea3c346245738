"""The other side: a small Wyoming client, for ``transcribe --uri``, ``speak --uri`` and ``health``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from wyoming.asr import Transcribe, Transcript, TranscriptChunk
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

from wyoming_lfm2.audio.pcm import AudioFormatError, PcmFormat
from wyoming_lfm2.protocol.errors import BadEventError
from wyoming_lfm2.protocol.extensions import VAD_OFF
from wyoming_lfm2.protocol.framing import MAX_HEADER, encode_event, read_event
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri, parse_uri
from wyoming_lfm2.protocol.voice_names import check_voice

_CHUNK_S = 0.1
"""Seconds of audio in an event."""


class ClientError(Exception):
    """The server could not be asked, or did not answer as it should; the text says how."""


class NoAnswerError(ClientError):
    """The server is there and says nothing."""


class ServerRefusedError(ClientError):
    """The server answered ``error``."""

    def __init__(self, text: str, code: str | None) -> None:
        self.code = code
        super().__init__(f"{text} ({code})" if code else text)


class WyomingClient:
    """One connection to a server; made by :func:`connect`."""

    def __init__(
        self, uri: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout_s: float
    ) -> None:
        self._uri = uri
        self._reader = reader
        self._writer = writer
        self._timeout_s = timeout_s

    async def describe(self) -> Info:
        """What the server offers.

        :raises ClientError: it does not say, or says it wrongly.
        """
        await self._send(Describe().event())
        event = await self._expect("info")
        try:
            return Info.from_event(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ClientError(f"{self._uri}: its info cannot be read ({error})") from None

    async def ping(self) -> dict[str, Any]:
        """What the server says in its ``pong``; this program's adds :data:`~.extensions.STALLED_S`.

        :raises ClientError: it does not answer.
        """
        await self._send(Ping().event())
        return (await self._expect("pong")).data

    async def transcribe(
        self,
        parts: Iterable[bytes],
        fmt: PcmFormat,
        language: str | None = None,
        on_text: Callable[[str], None] | None = None,
        context: dict[str, Any] | None = None,
    ) -> str:
        """Send a recording, as fast as the server takes it, and return the transcript of all of it.

        :param parts: raw PCM in pieces of any size.
        :param on_text: called with each fragment as the server settles it.
        :param context: of ``transcribe``.
        :raises ClientError: no transcript, or not of all.
        """
        all_sent = asyncio.Event()
        sending = asyncio.create_task(self._send_recording(parts, fmt, language, context, all_sent))
        try:
            event = await self._expect("transcript", on_text)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        if not all_sent.is_set():
            # The rest cannot be sent as another utterance: no event says where in the audio this one ended.
            raise ClientError(
                f"{self._uri}: the server answered before it had the whole recording. Switch off its detection of "
                "the end of speech, or send each utterance by itself"
            )
        text = event.data.get("text")
        if not isinstance(text, str):
            raise ClientError(f"{self._uri}: the transcript has no text")
        return Transcript.from_event(event).text

    async def speak(
        self, texts: AsyncIterable[str], voice: str | None = None
    ) -> AsyncGenerator[tuple[bytes, PcmFormat], None]:
        """Send text as it comes and yield its sound as it comes, each piece with its format.

        A server that does not take streams is sent everything at once, when it is complete.

        :param voice: one of those that the server lists; default: the server's.
        :raises UnknownVoiceError: it lists others.
        :raises ClientError: no sound, or not all of it.
        """
        info = await self.describe()
        program = next((program for program in info.tts if program.installed), None)
        if program is None:
            raise ClientError(f"{self._uri}: offers no text to speech")
        if voice is not None and program.voices:
            # Servers take another one without a word to the client.
            check_voice(voice, (known.name for known in program.voices))
        streamed = bool(program.supports_synthesize_streaming)
        end = SynthesizeStopped if streamed else AudioStop
        wanted = SynthesizeVoice(name=voice) if voice is not None else None
        send = self._send_stream if streamed else self._send_text
        sending = asyncio.create_task(send(texts, wanted))
        try:
            # While the text is still coming, there may be nothing to say yet.
            waiting = lambda: not sending.done()  # noqa: E731
            while not end.is_type((event := await self._event("speech", patient=waiting)).type):
                if AudioChunk.is_type(event.type):
                    chunk = AudioChunk.from_event(event)
                    yield chunk.audio, PcmFormat(chunk.rate, chunk.width, chunk.channels)
            await sending
        except (AudioFormatError, KeyError) as error:
            raise ClientError(f"{self._uri}: its sound cannot be read ({error})") from None
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send_stream(self, texts: AsyncIterable[str], voice: SynthesizeVoice | None) -> None:
        await self._send(SynthesizeStart(voice=voice).event())
        async for text in texts:
            await self._send(SynthesizeChunk(text=text).event())
        await self._send(SynthesizeStop().event())

    async def _send_text(self, texts: AsyncIterable[str], voice: SynthesizeVoice | None) -> None:
        text = "".join([text async for text in texts])
        await self._send(Synthesize(text=text, voice=voice).event())

    async def _send_recording(
        self,
        parts: Iterable[bytes],
        fmt: PcmFormat,
        language: str | None,
        context: dict[str, Any] | None,
        all_sent: asyncio.Event,
    ) -> None:
        # A server that ended the utterance at a pause would swallow the rest, which it has long been sent.
        await self._send(Transcribe(language=language, context=context, vad_sensitivity=VAD_OFF).event())
        await self._send(AudioStart(rate=fmt.rate, width=fmt.width, channels=fmt.channels).event())
        step = max(1, int(fmt.rate * _CHUNK_S)) * fmt.frame_bytes
        for part in parts:
            for begin in range(0, len(part), step):
                audio = part[begin : begin + step]
                chunk = AudioChunk(rate=fmt.rate, width=fmt.width, channels=fmt.channels, audio=audio)
                await self._send(chunk.event())
        all_sent.set()
        await self._send(AudioStop().event())

    async def _send(self, event: Event) -> None:
        try:
            self._writer.write(encode_event(event))
            await self._writer.drain()
        except OSError as error:
            raise ClientError(f"{self._uri}: the server closed the connection ({error})") from None

    async def _expect(self, event_type: str, on_text: Callable[[str], None] | None = None) -> Event:
        """Read until an event of this type; others than ``error`` are passed over."""
        while (event := await self._event(event_type)).type != event_type:
            if on_text is not None and TranscriptChunk.is_type(event.type):
                on_text(str(event.data.get("text", "")))
        return event

    async def _event(self, what: str, patient: Callable[[], bool] = lambda: False) -> Event:
        """Read the next event.

        :param patient: whether not to count the time, asked each time that it has passed.
        """
        reading = asyncio.ensure_future(read_event(self._reader))
        try:
            while not (await asyncio.wait([reading], timeout=self._timeout_s))[0]:
                if not patient():
                    raise NoAnswerError(f"{self._uri}: no {what} within {self._timeout_s:g} s")
            event = reading.result()
        except BadEventError as error:
            raise ClientError(f"{self._uri}: not a Wyoming server ({error.text})") from None
        except OSError as error:
            raise ClientError(f"{self._uri}: the connection broke ({error})") from None
        finally:
            reading.cancel()
        if event is None:
            raise ClientError(f"{self._uri}: the server closed the connection without {what}")
        if Error.is_type(event.type):
            raise ServerRefusedError(f"{self._uri}: {event.data.get('text')}", event.data.get("code"))
        return event


@asynccontextmanager
async def connect(uri: str, timeout_s: float = 60.0) -> AsyncIterator[WyomingClient]:
    """A connection to ``tcp://HOST:PORT`` or ``unix:///PATH``, closed at the end of the block.

    :param timeout_s: seconds to wait for the connection, and for each event.
    :raises ClientError: nobody is there.
    :raises ServiceError: the uri is not one.
    """
    where = parse_uri(uri)
    if isinstance(where, StdioUri):
        raise ClientError("stdio:// is a pair of pipes; there is no server to connect to")
    try:
        async with asyncio.timeout(timeout_s):
            if isinstance(where, TcpUri):
                reader, writer = await asyncio.open_connection(where.host, where.port, limit=MAX_HEADER)
            else:
                reader, writer = await asyncio.open_unix_connection(where.path, limit=MAX_HEADER)
    except TimeoutError:
        raise ClientError(f"{uri}: no connection within {timeout_s:g} s") from None
    except OSError as error:
        raise ClientError(
            f"{uri}: no connection ({error.strerror or error}). Is the server running?"
        ) from None
    try:
        yield WyomingClient(uri, reader, writer, timeout_s)
    finally:
        writer.transport.abort()
