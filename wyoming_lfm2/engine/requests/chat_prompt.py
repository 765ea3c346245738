"""The ChatML of a dialogue, part by part, so that a turn can be put behind those before it."""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.vocabulary import Vocabulary

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
