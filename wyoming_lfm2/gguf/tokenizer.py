"""The vocabulary that a backbone file carries (byte-level BPE), and the control tokens that prompts are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

START_OF_TEXT = "<|startoftext|>"
IM_START = "<|im_start|>"
IM_END = "<|im_end|>"
END_OF_TEXT = "<|endoftext|>"
PAD = "<|pad|>"
AUDIO_START = "<|audio_start|>"
TEXT_END = "<|text_end|>"

SPECIAL_TOKENS = (START_OF_TEXT, IM_START, IM_END)
"""What a prompt for transcription is made of. They are found by text: their numbers differ between models."""

RELEASED_NUMBERS = {
    PAD: 0,
    START_OF_TEXT: 1,
    END_OF_TEXT: 2,
    IM_START: 6,
    IM_END: 7,
    AUDIO_START: 128,
    TEXT_END: 130,
}
"""The control tokens that anything is made of, with their numbers in the released vocabulary."""


class TokenType(IntEnum):
    """llama.cpp's token types."""

    UNDEFINED = 0
    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class Tokenizer:
    """Tokens by number, and the merges that build them.

    ``tokens`` are written in GPT-2's byte alphabet (see `to_byte_alphabet`), control tokens as plain text;
    ``merges`` are pairs joined by one space, the first merged first. llama.cpp takes a word that is a token
    as it stands, before it looks at merges (pre-tokenizer ``lfm2``).
    """

    tokens: tuple[str, ...]
    types: tuple[TokenType, ...]
    merges: tuple[str, ...]
    pre: str = "lfm2"

    def number(self, text: str) -> int:
        """Number of the token ``text``; raises KeyError."""
        try:
            return self.tokens.index(text)
        except ValueError:
            raise KeyError(text) from None


@lru_cache(maxsize=1)
def byte_alphabet() -> dict[int, str]:
    """GPT-2's one printable character for each byte value."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    table.update({byte: chr(256 + position) for position, byte in enumerate(others)})
    return table


def to_byte_alphabet(text: str) -> str:
    """UTF-8 bytes of ``text`` in GPT-2's alphabet, as tokens are stored: ``" door"`` is ``"Ġdoor"``."""
    table = byte_alphabet()
    return "".join(table[byte] for byte in text.encode())
