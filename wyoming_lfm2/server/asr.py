"""Speech to text on the Wyoming port: ``transcribe``, audio, ``transcript``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import AsrProgram, Info

from wyoming_lfm2 import __version__
from wyoming_lfm2.audio.pcm import AudioFormatError, PcmFormat
from wyoming_lfm2.config.settings import LogSettings
from wyoming_lfm2.protocol.errors import RequestError
from wyoming_lfm2.protocol.extensions import HEALTH_CHECK
from wyoming_lfm2.protocol.validation import parse, require
from wyoming_lfm2.server.backends import Recognizer
from wyoming_lfm2.server.info import PROGRAM
from wyoming_lfm2.server.languages import match_language
from wyoming_lfm2.server.ordered_replies import OrderedReplies
from wyoming_lfm2.server.saved_audio import SavedAudio
from wyoming_lfm2.server.service import Client
from wyoming_lfm2.server.transcript_reply import TranscribeOptions, TranscriptReply

_MOST_UNANSWERED = 2
"""Utterances of one client at once: one that waits for its transcript, one being spoken."""


class AsrService:
    """The domain ``asr`` of the port."""

    def __init__(self, name: str, recognizer: Recognizer, log: LogSettings) -> None:
        """:param name: of the program, as clients show it."""
        self._name = name
        self.recognizer = recognizer
        self.log_transcripts = log.transcripts
        self.saved_audio = SavedAudio(log.save_audio) if log.save_audio is not None else None

    async def warm_up(self) -> None:
        """Do now what would keep the first client waiting.

        :raises SileroFileError: the voice activity detector's model is missing or unknown.
        """
        await self.recognizer.warm_up()

    def describe(self, info: Info) -> None:
        """Add the program; see :class:`~.service.Service`."""
        program = AsrProgram(
            name=self._name,
            attribution=PROGRAM,
            installed=True,
            description="LFM2-Audio speech to text",
            version=__version__,
            models=list(self.recognizer.models),
            supports_transcript_streaming=True,
            requires_external_vad=not self.recognizer.detects_end,
        )
        info.asr.append(program)

    def session(self, client: Client) -> AsrSession:
        """Begin with a new client."""
        return AsrSession(self, client)


@dataclass(frozen=True)
class _Request:
    """The last ``transcribe``, checked; it holds for the next utterance."""

    language: str
    context: dict[str, Any] | None = None
    sensitivity: str | None = None

    @property
    def health_check(self) -> bool:
        """Whether nobody has said this: it is neither logged nor saved."""
        return self.context is not None and self.context.get(HEALTH_CHECK) is True


class AsrSession:
    """One client's utterances, one after the other.

    ``_current`` is the utterance that takes audio: from ``audio-start``, or a chunk
    without one, until ``audio-stop``. If the server itself heard its end, it stays
    current and swallows what the client still sends.
    """

    event_types: ClassVar[frozenset[str]] = frozenset(
        ("transcribe", "audio-start", "audio-chunk", "audio-stop")
    )

    def __init__(self, service: AsrService, client: Client) -> None:
        self._service = service
        self._client = client
        self._request: _Request | None = None
        self._current: TranscriptReply | None = None
        self._replies = OrderedReplies[TranscriptReply](
            _MOST_UNANSWERED, "utterances of this connection have no transcript yet"
        )
        self._answered_any = False

    @property
    def busy(self) -> bool:
        """Whether a transcript is owed for audio that is complete."""
        return self._replies.busy

    @property
    def open(self) -> bool:
        """Whether an utterance has begun and has no transcript yet."""
        return self._replies.open

    async def handle(self, event: Event) -> None:
        """Take one of the four events; see :class:`~.service.Session`."""
        if Transcribe.is_type(event.type):
            await self._transcribe(event)
        elif AudioStart.is_type(event.type):
            start = parse(AudioStart, event)
            _format(start)
            await self._drop_unheard()
            self._begin()
        elif AudioChunk.is_type(event.type):
            chunk = parse(AudioChunk, event)
            await (self._current or self._begin()).feed(chunk.audio, _format(chunk))
        elif AudioStop.is_type(event.type):
            await self._stop()

    async def wait_idle(self) -> None:
        """Return when no transcript is owed for audio that is complete."""
        await self._replies.wait_idle()

    async def close(self) -> None:
        """Stop all work for this client."""
        await self._replies.close()

    async def _transcribe(self, event: Event) -> None:
        require(event, name=str, language=str, context=dict, vad_sensitivity=str)
        require(event, transcript_names=list, transcript_terms=list)
        transcribe = parse(Transcribe, event)
        language = match_language(transcribe.language, self._service.recognizer.languages)
        await self._drop_unheard()
        self._request = _Request(language, transcribe.context, transcribe.vad_sensitivity)

    async def _stop(self) -> None:
        """``audio-stop``: one transcript for what came before it, or for nothing at all."""
        if self._current is None:
            if self._answered_any and self._request is None:
                return  # late or doubled: its utterance has its transcript
            self._begin()
        assert self._current is not None
        await self._current.finish()
        self._current = None

    def _begin(self) -> TranscriptReply:
        """Start listening to a new utterance."""
        self._current = self._replies.begin(self._reply)
        return self._current

    def _reply(self, previous: TranscriptReply | None) -> TranscriptReply:
        request = self._request or _Request(self._service.recognizer.languages[0])
        self._request = None
        self._answered_any = True
        saved_audio = self._service.saved_audio if not request.health_check else None
        recording = saved_audio.recording() if saved_audio is not None else None
        return TranscriptReply(
            self._client,
            self._service.recognizer.recognize(
                request.language, request.sensitivity, recording.write if recording is not None else None
            ),
            TranscribeOptions(
                request.language,
                request.context,
                log=not request.health_check,
                log_transcript=self._service.log_transcripts,
            ),
            previous=previous,
            recording=recording,
        )

    async def _drop_unheard(self) -> None:
        """The client begins anew: an utterance that it never ended gets no transcript."""
        current, self._current = self._current, None
        if current is not None and not current.complete:
            await current.cancel()


def _format(event: AudioStart | AudioChunk) -> PcmFormat:
    try:
        return PcmFormat(rate=event.rate, width=event.width, channels=event.channels)
    except AudioFormatError as error:
        raise RequestError(str(error), error.code) from None
