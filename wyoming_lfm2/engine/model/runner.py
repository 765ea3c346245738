"""All parts of the one model that stays loaded, and how they carry out steps."""

from __future__ import annotations

import logging
from collections.abc import Sequence as Items
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.llama.ggml_rows import TokenRows
from wyoming_lfm2.engine.llama.library import Library, check_amx, check_version, load_library
from wyoming_lfm2.engine.llama.process_environment import default_threads
from wyoming_lfm2.engine.model.audio_generator import AudioGenerator
from wyoming_lfm2.engine.model.backbone import Backbone, BackboneOptions, TokenRow
from wyoming_lfm2.engine.model.encoder import Encoder
from wyoming_lfm2.engine.model.kv_cache import KvCache, Sequence
from wyoming_lfm2.engine.requests.audio_limits import AudioLimits
from wyoming_lfm2.engine.requests.prompts import AsrPrompt, ChatPrompt, TtsPrompt
from wyoming_lfm2.engine.requests.steps import (
    DecodeToken,
    EmbedFrames,
    EmbedToken,
    Encode,
    FlushAudio,
    ForgetDialogue,
    Fork,
    GenerateAudioFrame,
    KeepDialogue,
    KeepPrefix,
    Prefill,
    PrefillTokens,
    ResumeDialogue,
    Step,
    UsePrefix,
)
from wyoming_lfm2.engine.requests.transcription import LONGEST_COMMAND_S, rows_of
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.models.storage import cache_folder

_LOGGER = logging.getLogger(__name__)

_REARRANGED = frozenset({"Q4_0"})
"""Quantisations that llama.cpp copies into a faster layout on a processor; pages of the
file that stayed mapped beside the copy would only count as memory used."""


class ModelRunner:
    """Backbone, encoder, prompt and sequences. Belongs to the thread that made it."""

    def __init__(
        self, model_set: ModelSet, settings: EngineSettings, longest_piece_s: float, cache: Path | None = None
    ) -> None:
        """Check the files, load them and compute the prompt's prefix.

        :param cache: the setting ``model.cache``: the folder for files that are derived from the model's.
        :raises ModelFileError: a file is missing or wrong.
        :raises LibraryError: llama.cpp cannot be used here.
        """
        shapes = check_model_set(model_set)
        for warning in shapes.warnings:
            _LOGGER.warning("%s", warning)
        check_version(lenient=model_set.lenient)
        check_amx(lenient=model_set.lenient)
        self.limits = AudioLimits.of(shapes.longest_samples, longest_piece_s)
        converses = model_set.model.converses
        threads = settings.threads or default_threads()
        options = BackboneOptions(
            threads=threads,
            gpu_layers=settings.gpu_layers,
            context=settings.context,
            sequences=KvCache.places(settings.sequences),
            memory_map=settings.gpu_layers > 0 or shapes.quantization not in _REARRANGED,
        )
        library = load_library()
        with ExitStack() as undo:
            self.backbone = Backbone(library, model_set.backbone, options)
            undo.callback(self.backbone.close)
            self.encoder = Encoder(
                library, model_set.mmproj, self.backbone, threads=threads, gpu=settings.gpu_layers > 0
            )
            undo.callback(self.encoder.close)
            self.prompt = AsrPrompt.of(
                library, self.backbone.vocabulary, model_set.backbone, model_set.model.asr_prompt
            )
            longest_command = int(min(LONGEST_COMMAND_S, self.limits.longest_s) * SAMPLE_RATE)
            self.command_rows = rows_of(longest_command, self.prompt, settings.tokens_per_second)
            """Rows of context that the longest command takes."""
            self.chat = ChatPrompt.of(self.backbone.vocabulary)
            self._token_rows = TokenRows(library, model_set.backbone)
            self.tts_unavailable_reason = shapes.tts_unavailable_reason
            self.speech: AudioGenerator | None = None
            if not self.tts_unavailable_reason:
                self.speech = self._load_speech(library, model_set, settings, cache_folder(cache), threads)
                undo.callback(self.speech.close)
            self.sequences = KvCache(
                self.backbone,
                self.prompt.prefix,
                settings.sequences,
                more_prefixes=self.speech is not None or converses,
                dialogues=converses,
                returned=self._forget_utterance,
            )
            # The first request should not be the one that waits for memory and page faults.
            self.encoder.encode(np.zeros(SAMPLE_RATE, np.float32))
            undo.pop_all()
        _LOGGER.info("model %s is loaded, %d threads", model_set.model.name, threads)

    def run(self, turn: Items[tuple[Sequence, Step]]) -> Items[Any]:
        """Carry out one step, or several of :class:`DecodeToken` or :class:`GenerateAudioFrame` at once.

        :returns: the steps' results in order; what they are and how long they are good
            is said at each step's type.
        :raises EngineError: llama.cpp failed; the sequences must be given back.
        """
        sequence, step = turn[0]
        if isinstance(step, DecodeToken):
            return self._decode_tokens(turn)
        if isinstance(step, GenerateAudioFrame):
            return self._speak_frames(turn)
        return [self._alone(sequence, step)]

    def close(self) -> None:
        """Free everything."""
        if self.speech is not None:
            self.speech.close()
        self.encoder.close()
        self.backbone.close()

    def _load_speech(
        self, library: Library, model_set: ModelSet, settings: EngineSettings, cache: Path, threads: int
    ) -> AudioGenerator:
        assert model_set.vocoder is not None
        return AudioGenerator(
            library,
            self.backbone,
            TtsPrompt.of(library, self.backbone.vocabulary, model_set.backbone),
            model_set.vocoder,
            model_set.tokenizer,
            model_set.code_table,
            model_set.mimi,
            cache=cache,
            threads=threads,
            utterances=settings.sequences,
        )

    def _alone(self, sequence: Sequence, step: Step) -> Any:
        """Carry out one of the steps that never go together."""
        result: Any = None
        match step:
            case Encode():
                result = self.encoder.encode(step.samples)
            case Prefill():
                if sequence.fork:
                    self._appended(sequence.fork, step, output=False)
                result = self._appended(sequence, step, output=step.output)
            case PrefillTokens():
                result = self._prefilled(sequence, step.tokens)
            case Fork():
                self._prefilled(self.sequences.fork(sequence), step.tokens)
            case EmbedToken():
                (result,) = self._token_rows.rows((step.token,))
            case EmbedFrames():
                assert self.speech is not None
                result = self.speech.embedded(step.frames)
            case FlushAudio():
                assert self.speech is not None
                result = self.speech.detokenizer.flush(sequence.id)
            case _:
                result = self._kept(sequence, step)
        return result

    def _kept(self, sequence: Sequence, step: Step) -> bool | None:
        """Carry out a step about what is kept from one request to the next."""
        result = None
        match step:
            case UsePrefix():
                result = self.sequences.use(step.tokens, sequence)
            case KeepPrefix():
                self.sequences.keep(step.tokens, sequence)
            case ResumeDialogue():
                result = self.sequences.go_on(sequence)
            case KeepDialogue():
                self.sequences.keep_dialogue(step.history, sequence)
            case ForgetDialogue():
                self.sequences.forget_dialogue(sequence)
        return result

    def _appended(self, sequence: Sequence, step: Prefill, *, output: bool) -> NDArray[np.float32] | None:
        logits = self.backbone.decode_embeddings(sequence.id, sequence.position, step.rows, output=output)
        sequence.position += len(step.rows)
        return logits

    def _prefilled(self, sequence: Sequence, tokens: tuple[int, ...]) -> NDArray[np.float32]:
        logits = self.backbone.prefill_tokens(sequence.id, sequence.position, tokens)
        sequence.position += len(tokens)
        return logits

    def _decode_tokens(self, turn: Items[tuple[Sequence, Step]]) -> Items[Any]:
        rows, forks = [], []
        for sequence, step in turn:
            assert isinstance(step, DecodeToken)
            rows.append(TokenRow(sequence.id, sequence.position, step.token))
            sequence.position += 1
            if sequence.fork:
                forks.append(TokenRow(sequence.fork.id, sequence.fork.position, step.token))
                sequence.fork.position += 1
        return list(self.backbone.decode_tokens([*rows, *forks])[: len(turn)])

    def _speak_frames(self, turn: Items[tuple[Sequence, Step]]) -> Items[Any]:
        assert self.speech is not None
        frames = []
        for sequence, step in turn:
            assert isinstance(step, GenerateAudioFrame)
            frames.append((sequence, step))
        return self.speech.frames(frames)

    def _forget_utterance(self, sequence: int) -> None:
        if self.speech is not None:
            self.speech.detokenizer.forget(sequence)
