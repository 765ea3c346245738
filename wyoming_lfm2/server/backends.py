"""What speech to text on the port needs of whoever recognises the speech: our engine, or another server.

Text to speech and conversation ask :class:`~wyoming_lfm2.engine.api.Speaker` and
:class:`~wyoming_lfm2.engine.api.Converser`, which are as small; what language they are asked in is in the voice
and in the system prompt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from wyoming.info import AsrModel

from wyoming_lfm2.asr import frontend
from wyoming_lfm2.asr.audio_queue import AudioBudget
from wyoming_lfm2.asr.endpointer import endpointing_for
from wyoming_lfm2.asr.stream import AsrStream, Tap
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.config.settings import EndpointingSettings, HearingSettings
from wyoming_lfm2.engine.api import Transcriber
from wyoming_lfm2.protocol.extensions import VAD_OFF
from wyoming_lfm2.server.info import resident_entry

_WAITING_BYTES = 10 * 1024 * 1024
"""Audio of one utterance that may wait to be heard: five minutes of what Home Assistant sends, so that a whole
recording may come at once and ``describe`` behind it is still answered. With more, TCP makes the client wait."""

_WAITING_BYTES_OF_ALL = 64 * 1024 * 1024
"""Audio of all utterances that may wait; a client that sends more gets an error."""


class Utterance(Protocol):
    """One utterance: audio goes in as it comes, text comes out as it is settled. :class:`AsrStream` is one."""

    @property
    def ended(self) -> bool:
        """Whether no more audio is wanted: it is complete, or the end was heard."""
        ...

    @property
    def heard_s(self) -> float:
        """Seconds of audio that were listened to by now."""
        ...

    async def feed(self, pcm: bytes, fmt: PcmFormat) -> None:
        """Take the next audio; ignored once :attr:`ended`.

        :raises EngineError: there is too much of it; :meth:`fragments` raises the same.
        """
        ...

    async def finish(self) -> None:
        """The audio is complete."""
        ...

    def fragments(self) -> AsyncIterator[str]:
        """The transcript in fragments, which joined are all of it; ends early after :meth:`cancel`.

        :raises EngineError: it cannot be had.
        """
        ...

    async def cancel(self) -> None:
        """Stop all work and wait until it has stopped. Called in any case, at the end; can be repeated."""
        ...


class Recognizer(Protocol):
    """Whoever recognises the speech that comes to a port."""

    async def warm_up(self) -> None:
        """Do now what would keep the first client waiting.

        :raises SileroFileError: the voice activity detector's model is missing or unknown.
        """
        ...

    @property
    def models(self) -> Sequence[AsrModel]:
        """What ``describe`` lists."""
        ...

    @property
    def languages(self) -> Sequence[str]:
        """BCP 47 tags, the default first."""
        ...

    @property
    def detects_end(self) -> bool:
        """Whether utterances end when speech does, without ``audio-stop``."""
        ...

    def recognize(self, language: str, sensitivity: str | None = None, tap: Tap | None = None) -> Utterance:
        """Begin with an utterance.

        :param language: one of :attr:`languages`.
        :param sensitivity: ``vad_sensitivity`` of ``transcribe``.
        :param tap: given all audio that is listened to.
        """
        ...


class EngineRecognizer:
    """The resident model as a :class:`Recognizer`. It hears its language or languages without being told which."""

    def __init__(
        self, transcriber: Transcriber, hearing: HearingSettings, endpointing: EndpointingSettings
    ) -> None:
        self._transcriber = transcriber
        self._hearing = hearing
        self._endpointing = endpointing
        self._budget = AudioBudget(_WAITING_BYTES_OF_ALL)

    async def warm_up(self) -> None:
        """Load the voice activity detector; see :class:`Recognizer`."""
        await frontend.warm_up()

    @property
    def models(self) -> Sequence[AsrModel]:
        """The resident model."""
        return [AsrModel(**resident_entry(self._transcriber.info))]

    @property
    def languages(self) -> Sequence[str]:
        """Those of the resident model."""
        return self._transcriber.info.languages

    @property
    def detects_end(self) -> bool:
        """Whether the settings want it."""
        return self._endpointing.enabled

    def recognize(
        self,
        language: str,  # noqa: ARG002
        sensitivity: str | None = None,
        tap: Tap | None = None,
    ) -> Utterance:
        """See :class:`Recognizer`."""
        endpointing = endpointing_for(self._endpointing, sensitivity) if sensitivity != VAD_OFF else None
        return AsrStream(
            self._transcriber,
            self._hearing,
            endpointing,
            waiting_bytes=_WAITING_BYTES,
            budget=self._budget,
            tap=tap,
        )
