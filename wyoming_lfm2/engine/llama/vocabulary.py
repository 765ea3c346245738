"""Text to token ids and back, with the backbone's own vocabulary."""

from __future__ import annotations

import codecs
import ctypes
from typing import Any

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.library import Library


class Vocabulary:
    """The tokens of one loaded backbone; ids are found by text, never assumed."""

    def __init__(self, library: Library, model: Any) -> None:
        self._llama = library.llama
        self._vocab = self._llama.llama_model_get_vocab(model)
        self.size: int = self._llama.llama_vocab_n_tokens(self._vocab)
        self._pieces: dict[int, bytes] = {}

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Token ids of ``text``; none is added.

        :param special: take special tokens in it as such. What a client wrote is only letters.
        """
        data = text.encode("utf-8")
        room = len(data) + 1
        while True:
            tokens = (ctypes.c_int32 * room)()
            count = self._llama.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def special(self, text: str) -> int:
        """The id of the one control token that is written ``text``.

        :raises EngineError: the vocabulary has no such token.
        """
        if not self.has(text):
            raise EngineError(f"the backbone's vocabulary has no control token {text}")
        return self.tokenize(text)[0]

    def has(self, text: str) -> bool:
        """Whether there is a control token that is written ``text``."""
        tokens = self.tokenize(text)
        return len(tokens) == 1 and self._llama.llama_vocab_is_control(self._vocab, tokens[0])

    def is_end(self, token: int) -> bool:
        """Whether llama.cpp takes ``token`` for the end of what is generated."""
        return bool(self._llama.llama_vocab_is_eog(self._vocab, token))

    def grammar_sampler(self, grammar: bytes, root: bytes) -> Any:
        """llama.cpp's sampler for a grammar over this vocabulary, to be freed; ``None`` if it refuses it."""
        return self._llama.llama_sampler_init_grammar(self._vocab, grammar, root)

    def piece(self, token: int) -> bytes:
        """The bytes that ``token`` stands for; none for control tokens."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._read_piece(token)
        return known

    def _read_piece(self, token: int) -> bytes:
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            length = self._llama.llama_token_to_piece(self._vocab, token, buffer, room, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            room = -length


class StreamedText:
    """Tokens to text as they come; a character is given out when it is whole."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        # A token may end inside a character. Bytes that can never become one are replaced.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def add(self, token: int) -> str:
        """The text that has become certain with ``token``; may be empty.

        What is left when no more tokens come is part of a character, and is dropped.
        """
        return self._decoder.decode(self._vocabulary.piece(token))
