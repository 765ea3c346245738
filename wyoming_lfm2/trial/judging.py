"""Says of one sound or one text that it cannot be right, without knowing what it should be."""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.trial.sentences import primary

SILENT = 10 ** (-55 / 20)
"""Root mean square of a sound in which nothing is to be heard; full scale is 1."""

FULL_SCALE = 0.999
CLIPPED = 0.01
"""Share of samples at full scale from which a sound is distorted for everybody."""

_LATIN = ("LATIN",)
_SCRIPTS = {"en": _LATIN, "ja": ("HIRAGANA", "KATAKANA", "CJK")}
"""How the Unicode names of a language's letters begin."""


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
