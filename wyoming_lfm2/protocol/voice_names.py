"""Whether a voice that a person asks for is one that there is."""

from __future__ import annotations

from collections.abc import Iterable

from wyoming_lfm2.config.errors import did_you_mean


class UnknownVoiceError(Exception):
    """There is no voice of that name; the text names the one that was probably meant, or all there are."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no voice {name}; {did_you_mean(name, known)}")


def check_voice(name: str, known: Iterable[str]) -> None:
    """Upper and lower case are the same.

    :raises UnknownVoiceError: ``name`` is none of the ``known`` ones.
    """
    names = list(known)
    if name.lower() not in map(str.lower, names):
        raise UnknownVoiceError(name, names)
