"""The other side: a small Wyoming client, for ``transcribe --uri`` and for ``health``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from wyoming.asr import Transcribe, Transcript, TranscriptChunk
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info

from ..audio.pcm import PcmFormat
from .errors import BadEventError
from .framing import MAX_HEADER, encode_event, read_event
from .uri import StdioUri, TcpUri, parse_uri

_CHUNK_S = 0.1
"""Seconds of audio in an event."""


class ClientError(Exception):
    """The server could not be asked, or did not answer as it should; the text says how."""


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

    async def transcribe(
        self,
        parts: Iterable[bytes],
        fmt: PcmFormat,
        language: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> str:
        """Send audio, as fast as the server takes it, and return the transcript.

        :param parts: raw PCM in pieces of any size.
        :param on_text: called with each fragment as the server settles it.
        :raises ClientError: no transcript.
        """
        sending = asyncio.create_task(self._send_audio(parts, fmt, language))
        try:
            event = await self._expect("transcript", on_text)
        finally:
            # A server that hears the end by itself may answer before everything is sent.
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        text = event.data.get("text")
        if not isinstance(text, str):
            raise ClientError(f"{self._uri}: the transcript has no text")
        return Transcript.from_event(event).text

    async def _send_audio(self, parts: Iterable[bytes], fmt: PcmFormat, language: str | None) -> None:
        await self._send(Transcribe(language=language).event())
        await self._send(AudioStart(rate=fmt.rate, width=fmt.width, channels=fmt.channels).event())
        step = max(1, int(fmt.rate * _CHUNK_S)) * fmt.frame_bytes
        for part in parts:
            for begin in range(0, len(part), step):
                audio = part[begin : begin + step]
                chunk = AudioChunk(rate=fmt.rate, width=fmt.width, channels=fmt.channels, audio=audio)
                await self._send(chunk.event())
        await self._send(AudioStop().event())

    async def _send(self, event: Event) -> None:
        try:
            self._writer.write(encode_event(event))
            await self._writer.drain()
        except OSError as error:
            raise ClientError(f"{self._uri}: the server closed the connection ({error})") from None

    async def _expect(self, event_type: str, on_text: Callable[[str], None] | None = None) -> Event:
        """Read until an event of this type; others than ``error`` are passed over."""
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    event = await read_event(self._reader)
            except TimeoutError:
                raise ClientError(f"{self._uri}: no {event_type} within {self._timeout_s:g} s") from None
            except BadEventError as error:
                raise ClientError(f"{self._uri}: not a Wyoming server ({error.text})") from None
            except OSError as error:
                raise ClientError(f"{self._uri}: the connection broke ({error})") from None
            if event is None:
                raise ClientError(f"{self._uri}: the server closed the connection without {event_type}")
            if event.type == event_type:
                return event
            if Error.is_type(event.type):
                raise ServerRefusedError(f"{self._uri}: {event.data.get('text')}", event.data.get("code"))
            if on_text is not None and TranscriptChunk.is_type(event.type):
                on_text(str(event.data.get("text", "")))


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
