"""Language tags (BCP 47): what a client's means, and whether it is one that the model understands."""

from __future__ import annotations

from collections.abc import Sequence

from wyoming_lfm2.protocol.errors import RequestError


def match_language(wanted: str | None, languages: Sequence[str]) -> str:
    """The model's language tag for what a client asked for; the first one if it did not ask.

    Tags are compared without case; ``en`` and ``en-US`` (or ``en_US``) are the same
    language in either direction, and a region that the model does not name is
    still heard: speech of ``en-GB`` is better transcribed than refused.

    :raises RequestError: with code ``language``.
    """
    if not wanted:
        return languages[0]
    tag = _normal(wanted)
    for language in languages:
        if _normal(language) == tag:
            return language
    for language in languages:
        if primary(language) == primary(tag):
            return language
    offered = ", ".join(languages)
    raise RequestError(f"The model does not understand language {wanted[:35]!r}, only: {offered}", "language")


def primary(language: str) -> str:
    """``en`` of ``en-GB`` or ``EN_gb``."""
    return _normal(language).split("-")[0]


def _normal(tag: str) -> str:
    return tag.replace("_", "-").lower()
