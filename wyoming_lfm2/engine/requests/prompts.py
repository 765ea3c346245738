"""The ChatML that LFM2-Audio was trained on, cut where a request's own part goes in, for each kind of request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.ggml_rows import read_token_rows
from wyoming_lfm2.engine.llama.library import Library
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


_BEFORE_SYSTEM = ("<|startoftext|>", "<|im_start|>system\n")
_BEFORE_TOOLS = "List of tools: "
_AROUND_TOOLS = ("<|tool_list_start|>", "<|tool_list_end|>")
_BEFORE_TURN = ("<|im_end|>\n", "<|im_start|>user\n")
_BEFORE_ANSWER = ("<|im_end|>\n", "<|im_start|>assistant\n")


@dataclass(frozen=True, eq=False)
class ChatPrompt:
    """What surrounds what is said and what is answered; tokenised part by part, as the reference does."""

    vocabulary: Vocabulary
    before_turn: tuple[int, ...]
    """Tokens that end the system prompt or an answer, and begin what the user says."""
    before_answer: tuple[int, ...]
    """Tokens that end what the user says, and begin the answer."""
    im_end: int
    """The token that ends an answer."""
    text_end: int | None
    """The token after which an answer in text and sound has sound only; ``None`` if there is none."""
    text_ends: frozenset[int]
    """Tokens that end an answer in text: a model that wants to speak has nothing more to write."""

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> ChatPrompt:
        """The prompt in the tokens of ``vocabulary``.

        :raises EngineError: a special token is missing.
        """
        im_end, text_end = vocabulary.special("<|im_end|>"), _special(vocabulary, "<|text_end|>")
        others = {text_end, _special(vocabulary, "<|audio_start|>")}
        return cls(
            vocabulary,
            _tokens(vocabulary, _BEFORE_TURN),
            _tokens(vocabulary, _BEFORE_ANSWER),
            im_end,
            text_end,
            frozenset({im_end} | {token for token in others if token is not None}),
        )

    def prefix(self, system: str, tools: str = "") -> tuple[int, ...]:
        """Tokens up to the first turn, for a system prompt and, in JSON, a list of tools.

        The form is the chat template's of LFM2 (``List of tools: <|tool_list_start|>[...]<|tool_list_end|>``).

        :raises EngineError: there are tools, and the vocabulary has no tokens for their list.
        """
        told = self.text(system)
        if tools:
            begin, end = map(self.vocabulary.special, _AROUND_TOOLS)
            before = f"{system}\n{_BEFORE_TOOLS}" if system else _BEFORE_TOOLS
            told = (*self.text(before), begin, *self.text(tools), end)
        return (*_tokens(self.vocabulary, _BEFORE_SYSTEM), *told, *self.before_turn)

    def text(self, text: str) -> tuple[int, ...]:
        """Tokens of what a person wrote: letters, whatever they look like."""
        # Half a surrogate pair, which JSON can hold, has no UTF-8.
        sound = text.encode("utf-8", "replace").decode("utf-8")
        return tuple(self.vocabulary.tokenize(sound, special=False))


def _tokens(vocabulary: Vocabulary, parts: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(token for part in parts for token in vocabulary.tokenize(part))


def _special(vocabulary: Vocabulary, text: str) -> int | None:
    try:
        return vocabulary.special(text)
    except EngineError:
        return None
