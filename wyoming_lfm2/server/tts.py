"""Text to speech on the Wyoming port: ``synthesize``, at once or as a stream, ``audio-chunk``."""

from __future__ import annotations

from typing import ClassVar

from wyoming.event import Event
from wyoming.info import Info, TtsProgram, TtsVoice
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeTextFormat

from wyoming_lfm2 import __version__
from wyoming_lfm2.config.settings import LogSettings, SpeakingSettings
from wyoming_lfm2.engine.api import Speaker, Voice
from wyoming_lfm2.engine.errors import CannotSpeakError, EngineError
from wyoming_lfm2.protocol.errors import BadEventError, RequestError
from wyoming_lfm2.protocol.validation import require
from wyoming_lfm2.server.info import PROGRAM, model_attribution
from wyoming_lfm2.server.ordered_replies import OrderedReplies
from wyoming_lfm2.server.service import Client
from wyoming_lfm2.server.speech_reply import SpeechReply
from wyoming_lfm2.tts.prefetch import Prefetcher
from wyoming_lfm2.tts.speech_stream import SpeechStream
from wyoming_lfm2.tts.synthesizer import Synthesizer
from wyoming_lfm2.tts.voices import Voices

_MOST_WAITING = 16
"""Answers of one client that may be owed at once; they are spoken in turn."""


class TtsService:
    """The domain ``tts`` of the port. With a model that cannot speak it says so, and advertises nothing."""

    def __init__(self, name: str, speaker: Speaker, speaking: SpeakingSettings, log: LogSettings) -> None:
        """:param name: of the program, as clients show it."""
        self._name = name
        self._speaker = speaker
        self._mouth = Synthesizer(speaker, speaking)
        resident = speaker.info.voices
        self.voices = Voices(resident, speaking.voices, speaking.voice) if resident else None
        self.log_texts = log.transcripts
        self._preparer = Prefetcher(self._mouth) if speaking.prepare else None
        self._last_voice: Voice | None = None

    async def warm_up(self) -> None:
        """Do now what would keep the first client waiting."""
        if self.voices is not None:
            await self._mouth.warm_up()

    def describe(self, info: Info) -> None:
        """Add the program; see :class:`~.service.Service`."""
        if self.voices is None:
            return
        resident = self._speaker.info
        voices = [
            TtsVoice(
                name=voice.name,
                attribution=model_attribution(resident),
                installed=True,
                description=voice.description,
                version=resident.version,
                # Home Assistant fails over a voice without a language.
                languages=list(voice.languages) or list(resident.languages) or ["en"],
            )
            for voice in self.voices.all
        ]
        program = TtsProgram(
            name=self._name,
            attribution=PROGRAM,
            installed=True,
            description="LFM2-Audio text to speech",
            version=__version__,
            voices=voices,
            supports_synthesize_streaming=True,
        )
        info.tts.append(program)

    def prepare(self, text: str) -> None:
        """Somebody was told this and may want to hear it: in the voice that was last asked for, or the default."""
        if self._preparer is not None and self.voices is not None:
            self._preparer.prepare(text, self._last_voice or self.voices.choose())

    def session(self, client: Client) -> TtsSession:
        """Begin with a new client."""
        return TtsSession(self, client)

    def reply(self, event: Event) -> SpeechStream:
        """Begin with the answer to ``synthesize`` or ``synthesize-start``.

        :raises RequestError: the model cannot speak, or the event makes no sense.
        """
        require(event, voice=dict, text_format=str, context=dict)
        wanted = event.data.get("voice") or {}
        # The library's class forgets the language where the name is null, and fails over a null voice.
        require(Event(event.type, wanted), name=str, language=str, speaker=str)
        if self.voices is None:
            because = self._speaker.info.tts_unavailable_reason or "This model has no speech output"
            raise RequestError(because, CannotSpeakError.code)
        voice = self.voices.choose(
            wanted.get("name"), language=wanted.get("language"), speaker=wanted.get("speaker")
        )
        self._last_voice = voice
        if self._preparer is not None:
            self._preparer.wanted()
        ssml = event.data.get("text_format") == SynthesizeTextFormat.SSML.value
        return SpeechStream(self._mouth, voice, ssml=ssml)


class TtsSession:
    """One client's requests, answered one after the other.

    ``_stream`` is the one that takes text: from ``synthesize-start`` to ``synthesize-stop``.
    """

    event_types: ClassVar[frozenset[str]] = frozenset(
        ("synthesize", "synthesize-start", "synthesize-chunk", "synthesize-stop")
    )

    def __init__(self, service: TtsService, client: Client) -> None:
        self._service = service
        self._client = client
        self._stream: SpeechReply | None = None
        self._replies = OrderedReplies[SpeechReply](
            _MOST_WAITING, "requests of this connection are not answered yet"
        )

    @property
    def busy(self) -> bool:
        """Whether sound is owed for text that has come."""
        return self._replies.busy

    @property
    def open(self) -> bool:
        """Whether any request has begun and is not yet answered."""
        return self._replies.open

    async def handle(self, event: Event) -> None:
        """Take one of the four events; see :class:`~.service.Session`."""
        if SynthesizeStart.is_type(event.type):
            await self._drop_stream()
            self._stream = self._begin(event, streamed=True)
        elif SynthesizeChunk.is_type(event.type):
            text = _text(event)
            if self._stream is not None:
                _add(self._stream, text)
        elif SynthesizeStop.is_type(event.type):
            if self._stream is not None:
                self._stream.finish()
                self._stream = None
        elif Synthesize.is_type(event.type):
            text = _text(event)
            # Inside of a stream it is there for servers that know no streams: the whole text once more.
            if self._stream is None:
                answer = self._begin(event, streamed=False)
                _add(answer, text)
                answer.finish()

    async def wait_idle(self) -> None:
        """Return when nothing is owed for requests that are complete."""
        await self._replies.wait_idle()

    async def close(self) -> None:
        """Stop all work for this client."""
        await self._replies.close()

    def _begin(self, event: Event, *, streamed: bool) -> SpeechReply:
        return self._replies.begin(
            lambda previous: SpeechReply(
                self._client,
                self._service.reply(event),
                streamed=streamed,
                previous=previous,
                log_text=self._service.log_texts,
            )
        )

    async def _drop_stream(self) -> None:
        """The client begins anew: of a stream that it never ended, nothing more is said."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.cancel()


def _text(event: Event) -> str:
    require(event, text=str)
    text = event.data.get("text")
    if text is None:
        raise BadEventError(f"{event.type} has no text")
    assert isinstance(text, str)
    return text


def _add(answer: SpeechReply, text: str) -> None:
    try:
        answer.add(text)
    except EngineError as error:
        raise RequestError(str(error), error.code) from None
