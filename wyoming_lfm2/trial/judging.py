"""Whether one sound or text can be right: not silent, not clipped, in its own script, how many words are wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.text.verbalizer import verbalize
from wyoming_lfm2.trial.sentences import primary

SILENT = 10 ** (-55 / 20)
"""Root mean square of a sound in which nothing is to be heard; full scale is 1."""

FULL_SCALE = 0.999
CLIPPED = 0.01
"""Share of samples at full scale from which a sound is distorted for everybody."""

_LATIN = ("LATIN",)
_SCRIPTS = {"en": _LATIN, "ja": ("HIRAGANA", "KATAKANA", "CJK")}
"""How the Unicode names of a language's letters begin."""

MANY_WRONG = 1 / 3
"""Word error rate above which a model does not work, rather than mishear: a wrong word in three."""


def sound_problem(sound: NDArray[np.float32]) -> str:
    """Say what is wrong with a sound, as it follows "the sound "; empty if nothing is.

    :param sound: float32, shape ``(n,)``, -1 to 1.
    """
    if not len(sound):
        return "has no length"
    if not np.isfinite(sound).all():
        return "holds numbers that are not finite (NaN or infinity)"
    if float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) < SILENT:
        return "is silent"
    if (clipped := float(np.mean(np.abs(sound) >= FULL_SCALE))) >= CLIPPED:
        return f"is clipped: {clipped:.0%} of it at full scale"
    return ""


def wrong_script(text: str, language: str) -> bool:
    """Tell whether most letters of a text are of a script that ``language`` is not written in.

    :param language: BCP 47 tag; nothing is known of others than English and Japanese.
    """
    scripts = _SCRIPTS.get(primary(language))
    letters = [sign for sign in text if sign.isalpha()]
    if scripts is None or not letters:
        return False
    own = sum(unicodedata.name(letter, "").startswith(scripts) for letter in letters)
    return 2 * own < len(letters)


@dataclass(frozen=True)
class WordErrors:
    """Errors among the words of one sentence or of several; for Japanese characters take the place of words."""

    wrong: int
    """Words replaced, left out or put in."""
    words: int
    """Words that were said."""

    @property
    def rate(self) -> float:
        """Word error rate: errors for each word said, above 1 if more was heard than said."""
        return self.wrong / max(1, self.words)


def word_errors(said: str, heard: str, language: str = "en") -> WordErrors:
    """Count the errors; what is written in another way ("21.5 °C" and its words) is no error.

    :param language: BCP 47 tag of both.
    """
    reference = units(said, language)
    return WordErrors(edit_distance(reference, units(heard, language)), len(reference))


def total(parts: Iterable[WordErrors]) -> WordErrors:
    """All of them together."""
    counted = tuple(parts)
    return WordErrors(sum(part.wrong for part in counted), sum(part.words for part in counted))


def units(text: str, language: str) -> tuple[str, ...]:
    """Return the words that are read aloud for ``text``, in lower case without punctuation.

    For Japanese its characters: words are not set apart there, and its error rates are counted so.
    """
    spoken = unicodedata.normalize("NFKC", verbalize(text, language)).lower()
    kept = "".join(sign if _in_word(sign) else " " for sign in spoken)
    if counts_characters(language):
        return tuple("".join(kept.split()))
    words = (word.strip("'") for word in kept.split())
    return tuple(word for word in words if word)


def counts_characters(language: str) -> bool:
    """Tell whether a language's errors are counted in characters."""
    return language.replace("_", "-").split("-")[0].lower() == "ja"


def edit_distance(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance: the fewest replacements, omissions and insertions that turn one into the other."""
    previous = list(range(len(heard) + 1))
    for row, wanted in enumerate(reference, start=1):
        current = [row]
        for column, got in enumerate(heard, start=1):
            replaced = previous[column - 1] + (wanted != got)
            current.append(min(replaced, previous[column] + 1, current[-1] + 1))
        previous = current
    return previous[-1]


def _in_word(sign: str) -> bool:
    # Combining marks belong to the letter before them.
    return sign == "'" or sign.isalnum() or unicodedata.category(sign)[0] == "M"
