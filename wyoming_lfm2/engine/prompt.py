"""The ChatML that LFM2-Audio was trained on, cut where audio goes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.library import Library
from wyoming_lfm2.engine.token_rows import read_token_rows
from wyoming_lfm2.engine.vocabulary import Vocabulary

ASR_SYSTEM_PROMPT = "Perform ASR."

_BEFORE_AUDIO = (
    "<|startoftext|>",
    "<|im_start|>system\n",
    ASR_SYSTEM_PROMPT,
    "<|im_end|>\n",
    "<|im_start|>user\n",
)
_AFTER_AUDIO = ("<|im_end|>\n", "<|im_start|>assistant\n")


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
    def of(cls, library: Library, vocabulary: Vocabulary, backbone: Path) -> AsrPrompt:
        """The prompt in the tokens of ``vocabulary``, embedded by the file ``backbone``.

        :raises EngineError: a special token is missing.
        :raises ModelFileError: the file cannot be read.
        """
        # Part by part, as the reference tokenises a chat: nothing may merge across a boundary.
        prefix = tuple(token for part in _BEFORE_AUDIO for token in vocabulary.tokenize(part))
        suffix = tuple(token for part in _AFTER_AUDIO for token in vocabulary.tokenize(part))
        # A transcript is text only: a model that wants to speak has nothing more to say.
        ends = frozenset(vocabulary.special(text) for text in ("<|im_end|>", "<|audio_start|>"))
        for text in ("<|startoftext|>", "<|im_start|>"):
            vocabulary.special(text)
        return cls(prefix, suffix, read_token_rows(library, backbone, suffix), ends)
