"""Wake words heard by a Wyoming wake service, such as wyoming-openwakeword, on this machine or another."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.wake import Detect
from wyoming.wake import Detection as DetectionEvent

from wyoming_lfm2.protocol.errors import BadEventError, ServiceError
from wyoming_lfm2.protocol.framing import MAX_HEADER, encode_event, read_event
from wyoming_lfm2.protocol.uri import StdioUri, TcpUri, parse_uri
from wyoming_lfm2.satellite.wake_word import RATE, Detection, WakeWordError, WakeWordSettings

_LOGGER = logging.getLogger(__name__)

_CONNECT_S = 5.0
_FIRST_RETRY_S, _LAST_RETRY_S = 1.0, 30.0
_WAITING = 32
"""Frames that wait to be sent; older ones are dropped when the service is slow or gone: they would be too late."""
_OLDEST_S = 10.0
_UNSENT = 64 * 1024
_DELAY_S = 0.2
"""From the end of a word to its detection: openWakeWord's is 0.1 to 0.3 s."""

Samples = NDArray[np.int16]


class WyomingWakeWords:
    """See :class:`~wyoming_lfm2.satellite.wake_word.WakeWordDetector`; :meth:`run` must run in an event loop.

    ``feed`` may be called by another thread. Without the service nothing is heard, and that is said in the log;
    it is asked again until it is back.

    :raises WakeWordError: the uri is none.
    """

    def __init__(self, uri: str, words: Sequence[WakeWordSettings]) -> None:
        try:
            where = parse_uri(uri)
        except ServiceError as error:
            raise WakeWordError(f"The wake service {uri!r}: {error}") from None
        if isinstance(where, StdioUri):
            raise WakeWordError("A wake service is at tcp://HOST:PORT or unix:///PATH, not at stdio://.")
        self._uri, self._where = uri, where
        self._pipelines = {word.name: word.pipeline for word in words}
        self._frames: deque[tuple[Samples, float]] = deque(maxlen=_WAITING)
        self._found: deque[Detection] = deque()
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connected = False
        """Whether the service is there."""

    def feed(self, samples: Samples, captured_at: float) -> Sequence[Detection]:
        """See :class:`~wyoming_lfm2.satellite.wake_word.WakeWordDetector`; what is found comes a frame later."""
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None and not loop.is_closed():
            self._frames.append((samples, captured_at))
            loop.call_soon_threadsafe(wake.set)
        found = []
        while self._found:
            found.append(self._found.popleft())
        return found

    def scores(self) -> Mapping[str, float]:
        """Not known: see :class:`~wyoming_lfm2.satellite.wake_word.WakeWordDetector`."""
        return {}

    def reset(self) -> None:
        """What waits is not sent, and what was found does not count."""
        self._frames.clear()
        self._found.clear()

    def close(self) -> None:
        """Nothing is held that :meth:`run`'s end does not free."""

    async def run(self) -> None:
        """Keep the connection, until cancelled."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        retry_s = _FIRST_RETRY_S
        while True:
            try:
                await self._serve()
            except (OSError, TimeoutError, BadEventError, WakeWordError) as error:
                if self.connected or retry_s == _FIRST_RETRY_S:
                    _LOGGER.warning(
                        "No wake word is heard: the wake service %s is not there (%s). Is it running?",
                        self._uri,
                        str(error) or type(error).__name__,
                    )
            if self.connected:
                retry_s = _FIRST_RETRY_S
            self.connected = False
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, _LAST_RETRY_S)

    async def _serve(self) -> None:
        async with asyncio.timeout(_CONNECT_S):
            if isinstance(self._where, TcpUri):
                reader, writer = await asyncio.open_connection(
                    self._where.host, self._where.port, limit=MAX_HEADER
                )
            else:
                reader, writer = await asyncio.open_unix_connection(self._where.path, limit=MAX_HEADER)
        try:
            self._ask(writer)
            self._frames.clear()
            self.connected = True
            _LOGGER.info("Wake words are heard by %s", self._uri)
            sending = asyncio.create_task(self._send(writer))
            reading = asyncio.create_task(self._read(reader, writer))
            done, rest = await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            writer.transport.abort()

    def _ask(self, writer: asyncio.StreamWriter) -> None:
        for event in (
            Detect(names=list(self._pipelines) or None).event(),
            AudioStart(rate=RATE, width=2, channels=1).event(),
        ):
            writer.write(encode_event(event))

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        assert self._wake is not None
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._frames:
                samples, captured_at = self._frames.popleft()
                if writer.transport.get_write_buffer_size() > _UNSENT:
                    raise WakeWordError("it takes no more sound")
                chunk = AudioChunk(
                    rate=RATE,
                    width=2,
                    channels=1,
                    audio=samples.astype("<i2", copy=False).tobytes(),
                    timestamp=round(captured_at * 1000),
                )
                writer.write(encode_event(chunk.event()))

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (event := await read_event(reader)) is not None:
            if DetectionEvent.is_type(event.type):
                self._take(event)
                # Some services say it once for each question.
                writer.write(encode_event(AudioStop().event()))
                self._ask(writer)
            elif Error.is_type(event.type):
                raise WakeWordError(f"it says: {event.data.get('text')}")
        raise WakeWordError("it has closed the connection")

    def _take(self, event: Event) -> None:
        assert self._loop is not None
        name, timestamp = event.data.get("name"), event.data.get("timestamp")
        if name is None and len(self._pipelines) == 1:
            (name,) = self._pipelines
        if not isinstance(name, str) or (self._pipelines and name not in self._pipelines):
            _LOGGER.warning("The wake service %s found %r, which it was not asked for", self._uri, name)
            return
        # The timestamp is that of the piece of sound, which we have given it; the loop's clock is the same.
        found_at = now = self._loop.time()
        if isinstance(timestamp, int | float) and abs(timestamp / 1000 - now) < _OLDEST_S:
            found_at = timestamp / 1000
        phrase = name.replace("_", " ")
        self._found.append(Detection(name, phrase, found_at - _DELAY_S, self._pipelines.get(name)))
