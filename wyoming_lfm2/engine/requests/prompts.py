"""The ChatML that LFM2-Audio was trained on, cut where a request's own part goes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.llama.token_embedding_rows import read_token_rows
from wyoming_lfm2.engine.llama.vocabulary import Vocabulary
from wyoming_lfm2.gguf.pronunciations import Pronunciations, read_pronunciations

_SYSTEM = ("<|startoftext|>", "<|im_start|>system\n")
_USER = ("<|im_end|>\n", "<|im_start|>user\n")
_ASSISTANT = ("<|im_end|>\n", "<|im_start|>assistant\n")


@dataclass(frozen=True, eq=False)
class AsrPrompt:
    """What surrounds the audio of a transcription."""

    prefix: tuple[int, ...]
    """Tokens before the audio, the same for every request."""
    suffix: tuple[int, ...]
    """Tokens after the audio."""
    suffix_rows: NDArray[np.float32]
    """Embeddings of :attr:`suffix`: float32, shape ``(len(suffix), n_embd)``."""
    ends: frozenset[int]
    """Tokens that end a transcript."""

    @classmethod
    def of(cls, library: Library, vocabulary: Vocabulary, backbone: Path, system: str) -> AsrPrompt:
        """The prompt in the tokens of ``vocabulary``, embedded by the file ``backbone``.

        :param system: the system prompt that the model was trained on.
        :raises EngineError: a special token is missing.
        :raises ModelFileError: the file cannot be read.
        """
        # Part by part, as the reference tokenises a chat: nothing may merge across a boundary.
        prefix = tuple(token for part in (*_SYSTEM, system, *_USER) for token in vocabulary.tokenize(part))
        suffix = tuple(token for part in _ASSISTANT for token in vocabulary.tokenize(part))
        # A transcript is text only: a model that wants to speak has nothing more to say.
        ends = frozenset(vocabulary.special(text) for text in ("<|im_end|>", "<|audio_start|>"))
        for text in ("<|startoftext|>", "<|im_start|>"):
            vocabulary.special(text)
        return cls(prefix, suffix, read_token_rows(library, backbone, suffix), ends)


@dataclass(frozen=True, eq=False)
class TtsPrompt:
    """What surrounds the text that is to be spoken."""

    vocabulary: Vocabulary
    audio_start: int
    """The token after which the model speaks."""
    audio_start_row: NDArray[np.float32]
    """Its embedding: float32, shape ``(n_embd,)``."""
    im_end: int
    """The token that ends its answer."""
    pronunciations: Pronunciations | None = None
    """What the model is told of how each word sounds, if its file has it."""

    @classmethod
    def of(cls, library: Library, vocabulary: Vocabulary, backbone: Path) -> TtsPrompt:
        """The prompt in the tokens of ``vocabulary``, embedded by the file ``backbone``, as it wants it.

        :raises EngineError: a special token is missing.
        :raises ModelFileError: the file cannot be read.
        """
        audio_start = vocabulary.special("<|audio_start|>")
        row = read_token_rows(library, backbone, (audio_start,))[0]
        im_end = vocabulary.special("<|im_end|>")
        return cls(vocabulary, audio_start, row, im_end, read_pronunciations(backbone))

    def prefix(self, system: str) -> tuple[int, ...]:
        """Tokens up to the text, for a voice whose system prompt is ``system``."""
        return self._joined(_SYSTEM, system, _USER)

    def text(self, text: str) -> tuple[int, ...]:
        """Tokens from the text on, up to where the model answers."""
        told = self.pronunciations.told(text) if self.pronunciations is not None else text
        return self._joined((), told, _ASSISTANT)

    def _joined(self, before: tuple[str, ...], own: str, after: tuple[str, ...]) -> tuple[int, ...]:
        tokens = [token for part in before for token in self.vocabulary.tokenize(part)]
        # What a client wrote is letters, whatever it looks like.
        tokens += self.vocabulary.tokenize(own, special=False)
        tokens += [token for part in after for token in self.vocabulary.tokenize(part)]
        return tuple(tokens)
