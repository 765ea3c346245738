"""One utterance of one client: audio in, transcript out."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.protocol.errors import RequestError
from wyoming_lfm2.server.backends import Utterance
from wyoming_lfm2.server.ordered_replies import Reply
from wyoming_lfm2.server.saved_audio import Recording
from wyoming_lfm2.server.service import Client

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class TranscribeOptions:
    """What ``transcribe`` said, as far as it matters for the answer."""

    language: str
    """The model's tag for what was asked for."""
    context: dict[str, Any] | None = None
    """Returned to the client as it came."""
    log: bool = True
    """Write a line about the request into the log."""
    log_transcript: bool = False
    """Write the transcript there too."""


class TranscriptReply(Reply):
    """Begins working when made; :attr:`finished` when answered, failed or cancelled."""

    def __init__(
        self,
        client: Client,
        utterance: Utterance,
        options: TranscribeOptions,
        *,
        previous: TranscriptReply | None = None,
        recording: Recording | None = None,
    ) -> None:
        """:param previous: the utterance before, whose transcript has to go out first."""
        self._utterance = utterance
        self._options = options
        self._recording = recording
        self._stopped_at: float | None = None
        super().__init__(client, previous, "wyoming-lfm2 transcript")

    @property
    def complete(self) -> bool:
        """Whether no more audio is needed: the client or the speaker has stopped."""
        return self._stopped_at is not None or self._utterance.ended or self.finished

    async def feed(self, pcm: bytes, fmt: PcmFormat) -> None:
        """Take audio; waits only when minutes of it are already waiting.

        :raises RequestError: there is too much of it.
        """
        try:
            await self._utterance.feed(pcm, fmt)
        except EngineError as error:
            raise RequestError(str(error), error.code) from None

    async def finish(self) -> None:
        """The client has stopped: no more audio."""
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
        await self._utterance.finish()

    async def _work(self) -> None:
        """Send the transcript: its fragments as they settle, then all of it, once."""
        language, context = self._options.language, self._options.context
        fragments: list[str] = []
        async for fragment in self._utterance.fragments():
            if not fragment:
                continue
            if not fragments:
                await self._begin()
            fragments.append(fragment)
            await self._client.send(TranscriptChunk(text=fragment).event())
        if not fragments:
            await self._begin()
        text = "".join(fragments)
        # Logged before it is sent: a client may hang up on the very event.
        if self._options.log:
            self._log(text)
        await self._client.send(Transcript(text=text, language=language, context=context).event())
        await self._client.send(TranscriptStop().event())

    async def _clean_up(self) -> None:
        await self._utterance.cancel()
        if self._recording is not None:
            await self._recording.close()

    async def _begin(self) -> None:
        """Open the answer, behind the one to the utterance before."""
        await self._await_turn()
        start = TranscriptStart(context=self._options.context, language=self._options.language)
        await self._client.send(start.event())

    def _log(self, text: str) -> None:
        after = ""
        if self._stopped_at is not None:
            after = f", transcript {time.monotonic() - self._stopped_at:.2f} s after audio-stop"
        _LOGGER.info("%s: %.1f s of audio%s", self._client.name, self._utterance.heard_s, after)
        if self._options.log_transcript:
            _LOGGER.info("%s: transcript %r", self._client.name, text)
