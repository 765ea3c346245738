"""The ways of speaking that released models were trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace


def described(description: str) -> str:
    """The system prompt for a voice that is described in a sentence or several.

    With the line break that Liquid AI's examples for the GGUF files of LFM2-Audio have.
    """
    return f"Perform TTS.\nUse the following voice: {description}"


@dataclass(frozen=True)
class NamedVoice:
    """One way of speaking, asked for by a system prompt."""

    name: str
    """Stable; what clients ask for."""
    prompt: str
    languages: tuple[str, ...]
    """BCP 47 tags, its own first."""
    description: str
    """One line for a person."""
    temperature: float = 0.8
    """Of the audio codes; the reference's, unless the model is understood better at another."""
    guidance: float = 1.0
    """Away from what it would say without the text; 1 is none, as in the reference."""


def _english(name: str, tag: str, region: str, who: str) -> NamedVoice:
    return NamedVoice(
        name, f"Perform TTS. Use the {region} {who} voice.", (tag, "en"), f"{region} English, {who}"
    )


US_FEMALE = _english("us-female", "en-US", "US", "female")
US_MALE = _english("us-male", "en-US", "US", "male")
UK_FEMALE = _english("uk-female", "en-GB", "UK", "female")
UK_MALE = _english("uk-male", "en-GB", "UK", "male")

LFM2_5 = (US_FEMALE, US_MALE, UK_FEMALE, UK_MALE)
"""LFM2.5-Audio knows exactly these four prompts."""

NANO = tuple(replace(voice, temperature=0.0, guidance=2.0) for voice in (US_FEMALE, US_MALE))
"""Greedy and guided: so Whisper understands most of it, see nano/MODEL_CARD.md."""

LFM2_5_JP = (NamedVoice("japanese", "Perform TTS in japanese.", ("ja",), "Japanese"),)

DEFAULT = NamedVoice("default", "Perform TTS.", ("en",), "English, as the model likes it")
"""A prompt of the first release, and what every English prompt begins with."""

_EXPRESSIVE_MALE = (
    "A male speaker delivers a very expressive and animated speech, with a low-pitch voice and a slightly "
    "close-sounding tone."
)

LFM2 = (
    DEFAULT,
    NamedVoice(
        "expressive-male",
        described(f"{_EXPRESSIVE_MALE} The recording carries a slight background noise."),
        ("en",),
        "English, male, low and expressive",
    ),
    NamedVoice(
        "expressive-male-article",
        f"Perform TTS. Use the following voice: {_EXPRESSIVE_MALE}",
        ("en",),
        "The same, asked for as in Liquid AI's article: on one line, without background noise",
    ),
)
"""LFM2-Audio takes a free description; settings can add more of them."""
