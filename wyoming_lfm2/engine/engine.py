"""The engine as the rest of the program sees it: asyncio outside, one worker thread inside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.config.settings import ConversationSettings, EngineSettings
from wyoming_lfm2.engine.api import CALL_TOKENS, EngineInfo, PlaybackClock, Voice, Written
from wyoming_lfm2.engine.conversation import Conversation
from wyoming_lfm2.engine.errors import CannotConverseError, CannotSpeakError, TextTooLongError
from wyoming_lfm2.engine.metrics import EngineMetrics
from wyoming_lfm2.engine.model.audio_generator import AudioGenerator
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.audio_limits import AudioLimits
from wyoming_lfm2.engine.requests.runaway import most_frames
from wyoming_lfm2.engine.requests.synthesis import Synthesis
from wyoming_lfm2.engine.requests.transcription import Transcription, most_tokens, rows_of
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.models.model_set import ModelSet

_LOGGER = logging.getLogger(__name__)

_SHORT_SENTENCE = "The light in the kitchen is on, the one in the hall is off."
"""What a voice that is offered has to be able to say."""

_LONG_SENTENCE = (_SHORT_SENTENCE + " ") * 5
"""As long as a text to speech client makes them at most, 300 characters."""

CLOSE_TIMEOUT_S = 3.0
"""Seconds that closing waits for the step in progress."""


class Engine:
    """One resident model, made by :meth:`load`: a ``Transcriber``, ``Speaker``, ``Converser`` and ``Heartbeat``."""

    def __init__(
        self,
        model_set: ModelSet,
        settings: EngineSettings,
        scheduler: Scheduler[ModelRunner],
        model: ModelRunner,
        conversation: ConversationSettings,
    ) -> None:
        self._settings = settings
        self._scheduler = scheduler
        self._prompt = model.prompt
        self._vocabulary = model.backbone.vocabulary
        self._speech = model.speech
        self._capacity = model.sequences.capacity
        self._context_for = model.sequences.context_for
        self._limits = self._limits_within_context(model.limits)
        self._tts_unavailable_reason = model.tts_unavailable_reason or self._too_small_to_speak(
            model_set.model.voices, model.command_rows
        )
        self._conversation = Conversation(scheduler, model.chat, self._capacity, conversation)
        # A model that cannot speak here has no voices, whatever it was trained on.
        silent = {"voices": ()} if self._tts_unavailable_reason else {}
        self._info = EngineInfo(
            **vars(model_set.model) | silent,
            longest_piece_s=self._limits.longest_s,
            tts_unavailable_reason=self._tts_unavailable_reason,
            calls=all(map(self._vocabulary.has, CALL_TOKENS)),
        )

    @classmethod
    async def load(
        cls,
        model_set: ModelSet,
        settings: EngineSettings,
        longest_piece_s: float,
        cache: Path | None = None,
        conversation: ConversationSettings | None = None,
    ) -> Self:
        """Check and load the model in the worker thread, once.

        :param cache: the setting ``model.cache``: the folder for files that are derived from the model's.
        :param conversation: what is remembered of dialogues; default: the settings' defaults.
        :raises ModelFileError: a file is missing or wrong.
        :raises LibraryError: llama.cpp cannot be used on this machine.
        """
        scheduler = Scheduler(
            lambda: ModelRunner(model_set, settings, longest_piece_s, cache),
            most_requests=settings.sequences + settings.queue,
        )
        try:
            model = await asyncio.shield(asyncio.wrap_future(scheduler.loaded))
        except asyncio.CancelledError:
            scheduler.begin_close()
            raise
        return cls(model_set, settings, scheduler, model, conversation or ConversationSettings())

    @property
    def info(self) -> EngineInfo:
        """The resident model."""
        return self._info

    async def transcribe(self, samples: NDArray[np.float32]) -> AsyncGenerator[str, None]:
        """Yield the transcript of one piece in fragments; see ``Transcriber.transcribe``."""
        work = self._transcription(self._limits.checked(samples))
        async with aclosing(stream_outputs(self._scheduler, work)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def speak(
        self, text: str, voice: Voice, playback: PlaybackClock | None = None
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        """Yield the sound of one sentence as it is made; see ``Speaker.speak``."""
        work = self._spoken(text.strip(), voice, playback)
        if work is None:
            return

        def best_effort() -> bool:
            return playback is not None and not playback.awaited

        async with aclosing(stream_outputs(self._scheduler, work, best_effort)) as pieces:
            async for piece in pieces:
                yield piece

    async def check_told(self, system: str, grammar: str = "", tools: str = "") -> None:
        """Find out whether a dialogue can be held under these; see ``Converser.check_told``."""
        self._check_converses()
        await self._conversation.check_told(system, grammar, tools)

    async def answer(
        self, text: str, dialogue: str | None = None, system: str = ""
    ) -> AsyncGenerator[str, None]:
        """Yield the answer to one turn in fragments; see ``Converser.answer``."""
        self._check_converses()
        if not (text := text.strip()):
            return
        async with aclosing(self._conversation.answer(text, dialogue, system)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def choose(
        self, text: str, grammar: str, dialogue: str | None = None, system: str = "", tools: str = ""
    ) -> AsyncGenerator[Written, None]:
        """Yield the likeliest answer that a grammar allows in fragments; see ``Converser.choose``."""
        self._check_converses()
        if not (text := text.strip()):
            return
        async with aclosing(self._conversation.choose(text, grammar, dialogue, system, tools)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def converse(
        self,
        heard: NDArray[np.float32] | str,
        dialogue: str | None = None,
        voice: Voice | None = None,
        playback: PlaybackClock | None = None,
    ) -> AsyncGenerator[str | NDArray[np.float32], None]:
        """Yield the answer to one turn in text and sound; see ``Converser.converse``."""
        self._check_converses()
        if self._speech is None:
            raise CannotSpeakError(self._tts_unavailable_reason)
        said = heard.strip() if isinstance(heard, str) else self._limits.checked(heard)
        if not len(said):
            return
        codebooks = self._speech.tables.sizes.n_codebooks
        pieces = self._conversation.converse(
            said, dialogue, voice or self._info.interleaved, playback, codebooks
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    def stalled_s(self) -> float:
        """Seconds that the model has been busy with one step; see ``Heartbeat.stalled_s``."""
        return self._scheduler.stalled_s()

    @property
    def metrics(self) -> EngineMetrics:
        """What was done, and what is here; may be read from any thread."""
        return self._scheduler.metrics

    async def wait_closed(self) -> None:
        """Return when nothing can be asked of the engine any more: closed, or failed."""
        await asyncio.wrap_future(self._scheduler.ended)

    async def close(self) -> None:
        """Stop after the step in progress; requests that are left get ``EngineClosedError``.

        They get it at once. Returns within :data:`CLOSE_TIMEOUT_S` in any case; encoding
        a long piece on a busy machine takes longer and cannot be interrupted, then the
        process ends only after it.
        """
        self._conversation.close()
        if not await asyncio.to_thread(self._scheduler.close, CLOSE_TIMEOUT_S):
            _LOGGER.warning("the model is still busy with its last step; the process ends after it")

    def _check_converses(self) -> None:
        if not self._info.converses:
            raise CannotConverseError(self._info.chat_unavailable_reason)

    def _spoken(self, text: str, voice: Voice, playback: PlaybackClock | None) -> Synthesis | None:
        if self._speech is None or self._tts_unavailable_reason:
            raise CannotSpeakError(self._tts_unavailable_reason)
        if not text:
            return None
        work = self._synthesis(self._speech, text, voice, playback)
        if work.rows > self._capacity:
            raise TextTooLongError(
                f"a sentence of {len(text)} characters needs up to {work.rows} rows of context and there are "
                f"{self._capacity}; cut it into shorter ones, or set engine.context to "
                f"{self._context_for(work.rows)} at least"
            )
        return work

    def _synthesis(
        self, speech: AudioGenerator, text: str, voice: Voice, playback: PlaybackClock | None
    ) -> Synthesis:
        prompt = speech.prompt
        return Synthesis(
            prefix=prompt.prefix(voice.prompt),
            text=prompt.text(text),
            unconditioned=prompt.text(""),
            prompt=prompt,
            voice=voice,
            codebooks=speech.tables.sizes.n_codebooks,
            most_frames=most_frames(text, self._settings.frames_per_character),
            rows_per_step=ROWS_PER_STEP,
            listener=playback,
        )

    def _limits_within_context(self, limits: AudioLimits) -> AudioLimits:
        """Pieces that fit into the context; the log says if they are shorter than the settings want."""

        def rows(samples: int) -> int:
            return rows_of(samples, self._prompt, self._settings.tokens_per_second)

        found = limits.within(self._capacity, rows)
        if found != limits:
            _LOGGER.warning(
                "a piece of %.0f s of audio needs %d rows of context and there are %d, so audio is cut into pieces of "
                "%.0f s; set engine.context to %d at least",
                limits.longest_s,
                rows(limits.longest),
                self._capacity,
                found.longest_s,
                self._context_for(rows(limits.longest)),
            )
        return found

    def _too_small_to_speak(self, voices: tuple[Voice, ...], command_rows: int) -> str:
        """Why the context has no room for speech; empty if it has. The log says if it has little."""
        if self._speech is None:
            return ""
        speech = self._speech
        short, long = (
            max(self._synthesis(speech, text, voice, None).rows for voice in voices)
            for text in (_SHORT_SENTENCE, _LONG_SENTENCE)
        )
        enough = self._context_for(long + command_rows)
        if short > self._capacity:
            return (
                f"a sentence of {len(_SHORT_SENTENCE)} characters needs {short} rows of context and there are "
                f"{self._capacity}; set engine.context to {self._context_for(short)} at least, better to {enough}"
            )
        if long + command_rows > self._capacity:
            _LOGGER.warning(
                "a sentence of %d characters beside a command needs %d rows of context and there are %d: long "
                "sentences are refused or keep commands waiting; set engine.context to %d at least",
                len(_LONG_SENTENCE),
                long + command_rows,
                self._capacity,
                enough,
            )
        return ""

    def _transcription(self, samples: NDArray[np.float32]) -> Transcription:
        return Transcription(
            samples,
            self._prompt,
            self._vocabulary,
            most_tokens=most_tokens(len(samples), self._settings.tokens_per_second),
            rows_per_step=ROWS_PER_STEP,
        )
