"""One answer in sound: what was asked to be said goes in, ``audio-start``, chunks and ``audio-stop`` come out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import aclosing

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.tts import SynthesizeStopped

from wyoming_lfm2.engine.api import SPEECH_RATE
from wyoming_lfm2.server.ordered_replies import Reply
from wyoming_lfm2.server.service import Client
from wyoming_lfm2.tts.speech_stream import SAMPLE_BYTES, SpeechStream

_LOGGER = logging.getLogger(__name__)

_CHUNK = SPEECH_RATE * SAMPLE_BYTES // 5
"""Bytes in an event at most: 0.2 s."""


class SpeechReply(Reply):
    """Begins to speak when made and the one before it is done; :attr:`finished` when nothing more is sent."""

    def __init__(
        self,
        client: Client,
        reply: SpeechStream,
        *,
        streamed: bool,
        previous: SpeechReply | None = None,
        log_text: bool = False,
    ) -> None:
        """Wait for ``previous``, then speak.

        :param streamed: the text came by ``synthesize-start``: ``synthesize-stopped`` ends the answer.
        :param previous: the answer before, which has to be heard first.
        """
        self._reply = reply
        self._streamed = streamed
        self._log_text: list[str] | None = [] if log_text else None
        self._complete = False
        self._asked_at = time.monotonic()
        self._first_s: float | None = None
        self._samples = 0
        super().__init__(client, previous, "wyoming-lfm2 answer")

    @property
    def complete(self) -> bool:
        """Whether no more text will come."""
        return self._complete or self.finished

    @property
    def owed(self) -> bool:
        """Whether sound is still to be sent, and nothing more is needed for it from the client."""
        return not self.finished and (self._complete or self._reply.pending)

    def add(self, text: str) -> None:
        """Say this too.

        :raises EngineError: it would be too much.
        """
        if self._log_text is not None:
            self._log_text.append(text)
        self._reply.add(text)

    def finish(self) -> None:
        """Nothing more is to be said."""
        self._complete = True
        self._reply.finish()

    async def _work(self) -> None:
        await self._await_turn()
        # A failure gets no audio-stop: it would say that this was all, and Home Assistant would keep it.
        async with aclosing(self._reply.pcm()) as sound:
            async for pcm in sound:
                if self._first_s is None:
                    await self._begin()
                for part in _parts(pcm):
                    await self._client.send(
                        AudioChunk(
                            rate=SPEECH_RATE,
                            width=SAMPLE_BYTES,
                            channels=1,
                            audio=part,
                            timestamp=self._milliseconds(),
                        ).event()
                    )
                    self._samples += len(part) // SAMPLE_BYTES
        if self._first_s is None:
            await self._begin()
        # Logged before it is sent: a client may hang up on the very event.
        self._log()
        await self._client.send(AudioStop(timestamp=self._milliseconds()).event())
        if self._streamed:
            await self._client.send(SynthesizeStopped().event())

    async def _clean_up(self) -> None:
        await self._reply.close()

    async def _begin(self) -> None:
        self._first_s = time.monotonic() - self._asked_at
        start = AudioStart(rate=SPEECH_RATE, width=SAMPLE_BYTES, channels=1, timestamp=0)
        await self._client.send(start.event())

    def _milliseconds(self) -> int:
        return 1000 * self._samples // SPEECH_RATE

    def _log(self) -> None:
        _LOGGER.info(
            "%s: %.1f s of speech, the first of it after %.2f s",
            self._client.name,
            self._samples / SPEECH_RATE,
            self._first_s or 0.0,
        )
        if self._log_text is not None:
            _LOGGER.info("%s: said %r", self._client.name, "".join(self._log_text))


def _parts(pcm: bytes) -> Iterator[bytes]:
    return (pcm[begin : begin + _CHUNK] for begin in range(0, len(pcm), _CHUNK))
