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
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.runaway import most_frames
from wyoming_lfm2.engine.requests.synthesis import Synthesis
from wyoming_lfm2.engine.requests.transcription import Transcription, most_tokens
from wyoming_lfm2.engine.scheduling.async_stream import stream_outputs
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.models.model_set import ModelSet

_LOGGER = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 3.0
"""Seconds that closing waits for the step in progress."""


class Engine:
    """One resident model. Made by :meth:`load`; implements ``Transcriber``, ``Speaker`` and ``Converser``."""

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
        self._limits = model.limits
        self._prompt = model.prompt
        self._vocabulary = model.backbone.vocabulary
        self._speech = model.speech
        self._capacity = model.sequences.capacity
        self._conversation = Conversation(scheduler, model.chat, self._capacity, conversation)
        # A model whose speech files are missing has no voices, whatever it was trained on.
        silent = {} if model.speech else {"voices": ()}
        self._info = EngineInfo(
            **vars(model_set.model) | silent,
            longest_piece_s=model.limits.longest_s,
            tts_unavailable_reason=model.tts_unavailable_reason,
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
            most_jobs=settings.sequences + settings.queue,
        )
        try:
            model = await asyncio.shield(asyncio.wrap_future(scheduler.loaded))
        except asyncio.CancelledError:
            scheduler.begin_close()
            raise
        engine = cls(model_set, settings, scheduler, model, conversation or ConversationSettings())
        longest = engine._transcription(np.zeros(model.limits.longest, np.float32))
        if longest.rows > model.sequences.capacity:
            _LOGGER.warning(
                "a piece of %.0f s needs %d rows of context and there are %d: set a larger engine.context",
                model.limits.longest_s,
                longest.rows,
                model.sequences.capacity,
            )
        return engine

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

        def spare() -> bool:
            return playback is not None and not playback.awaited

        async with aclosing(stream_outputs(self._scheduler, work, spare)) as pieces:
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
            raise CannotSpeakError(self._info.tts_unavailable_reason)
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
        if self._speech is None:
            raise CannotSpeakError(self._info.tts_unavailable_reason)
        if not text:
            return None
        prompt = self._speech.prompt
        work = Synthesis(
            prefix=prompt.prefix(voice.prompt),
            text=prompt.text(text),
            untold=prompt.text(""),
            prompt=prompt,
            voice=voice,
            codebooks=self._speech.tables.sizes.n_codebooks,
            most_frames=most_frames(text, self._settings.frames_per_character),
            rows_per_step=ROWS_PER_STEP,
            listener=playback,
        )
        if work.rows > self._capacity:
            raise TextTooLongError(
                f"a sentence of {len(text)} characters needs up to {work.rows} rows of context and there are "
                f"{self._capacity}; cut it into shorter ones, or set a larger engine.context"
            )
        return work

    def _transcription(self, samples: NDArray[np.float32]) -> Transcription:
        return Transcription(
            samples,
            self._prompt,
            self._vocabulary,
            most_tokens=most_tokens(len(samples), self._settings.tokens_per_second),
            rows_per_step=ROWS_PER_STEP,
        )
