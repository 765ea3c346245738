"""How words sound, as a backbone file of nano's lists it, and text with the sounds written behind each word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header import DOWNLOAD_AGAIN
from wyoming_lfm2.gguf.header_reader import read_header

WORDS, SOUNDS = "lfm2-audio.pronunciation.words", "lfm2-audio.pronunciation.sounds"
"""Keys of a backbone file: words, and in the same order what is written for how each sounds."""
LETTERS = "/"
"""Before the letters of a word whose sounds are not known."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


@dataclass(frozen=True)
class Pronunciations:
    """What a model was trained to read after each word.

    A word that is one token does not say which sounds it has, and in what order; its letters do so badly in English.
    """

    sounds: Mapping[str, str]
    """By word, in lower case unless it sounds otherwise in capitals."""

    def of(self, word: str) -> str:
        """How ``word`` sounds, or its letters as capitals: a small vocabulary has no words of them."""
        known = self.sounds.get(word) or self.sounds.get(word.lower())
        return known or LETTERS + word.replace("'", "").upper()

    def parts(self, text: str) -> list[tuple[str, str]]:
        """What stands between the blanks of ``text``, each with how it sounds: "" where it has no letters."""
        return [(part, " ".join(map(self.of, _WORD.findall(part)))) for part in text.split()]

    def told(self, text: str) -> str:
        """``text`` with its sounds after each word: "the TV." may become "the E@ TV. T|V|"."""
        return joined(self.parts(text))


def joined(parts: Iterable[tuple[str, str]]) -> str:
    """The text of some parts and their sounds."""
    return " ".join(told for both in parts for told in both if told)


def read_pronunciations(backbone: Path) -> Pronunciations | None:
    """What a file says of how words sound; None where it says nothing.

    :raises ModelFileError: the file cannot be read, or has not as many sounds as words.
    """
    metadata = read_header(backbone).metadata
    if WORDS not in metadata:
        return None
    words, sounds = (
        [item.decode("utf-8", "replace") for item in value.items or () if isinstance(item, bytes)]
        if (value := metadata.get(key)) is not None
        else []
        for key in (WORDS, SOUNDS)
    )
    if len(words) != len(sounds):
        problem = f"says how {len(sounds)} of its {len(words)} words sound"
        raise ModelFileError(backbone, problem, DOWNLOAD_AGAIN)
    return Pronunciations(dict(zip(words, sounds, strict=True)))
