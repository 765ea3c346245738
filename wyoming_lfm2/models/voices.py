"""Voices: what a model is told so that it speaks in one, and those that released models were trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace


def described(description: str) -> str:
    """The system prompt for a voice that is described in a sentence or several.

    With the line break that Liquid AI's examples for the GGUF files of LFM2-Audio have.
    """
    return f"Perform TTS.\nUse the following voice: {description}"


@dataclass(frozen=True)
class Voice:
    """One way of speaking: what the model is told, and how its codes are drawn."""

    name: str
    """Stable id that clients ask for, for example ``us-female``."""

    prompt: str
    """System prompt, for example ``Perform TTS. Use the US female voice.``"""

    languages: tuple[str, ...]
    """BCP 47 tags, the first is its own."""

    description: str
    """One line for a person."""

    temperature: float = 0.8
    """Of the audio codes; 0 takes the likeliest code each time. Text is always greedy. The default is the
    reference's; a model that is understood better at another has that."""

    top_k: int = 64
    """Each audio code is drawn from this many likeliest ones; 1 is greedy, 0 is all of them."""

    seed: int = 1
    """Of the draws; the same text, voice and seed sound the same."""

    guidance: float = 1.0
    """How far codes are led away from what the model would say without knowing the text (classifier-free guidance);
    1 is not at all, as in the reference. Only a model that learnt to speak without text gains by it.
    `engine.api.Converser.converse` does without: the text is the model's own there."""


def _english(name: str, tag: str, region: str, who: str) -> Voice:
    return Voice(name, f"Perform TTS. Use the {region} {who} voice.", (tag, "en"), f"{region} English, {who}")


US_FEMALE = _english("us-female", "en-US", "US", "female")
US_MALE = _english("us-male", "en-US", "US", "male")
UK_FEMALE = _english("uk-female", "en-GB", "UK", "female")
UK_MALE = _english("uk-male", "en-GB", "UK", "male")

LFM2_5 = (US_FEMALE, US_MALE, UK_FEMALE, UK_MALE)
"""LFM2.5-Audio knows exactly these four prompts."""

NANO = tuple(replace(voice, temperature=0.0, guidance=2.0) for voice in (US_FEMALE, US_MALE))
"""Greedy and guided: so Whisper understands most of it, see nano/MODEL_CARD.md."""

LFM2_5_JP = (Voice("japanese", "Perform TTS in japanese.", ("ja",), "Japanese"),)

DEFAULT = Voice("default", "Perform TTS.", ("en",), "English, as the model likes it")
"""A prompt of the first release, and what every English prompt begins with."""

INTERLEAVED = Voice(
    "interleaved",
    "Respond with interleaved text and audio.",
    (),
    "Writes and speaks in turns",
    temperature=1.0,
    top_k=4,
)
"""What a model is told that shall answer in text and sound at once, and how the reference draws its codes."""

_EXPRESSIVE_MALE = (
    "A male speaker delivers a very expressive and animated speech, with a low-pitch voice and a slightly "
    "close-sounding tone."
)

LFM2 = (
    DEFAULT,
    Voice(
        "expressive-male",
        described(f"{_EXPRESSIVE_MALE} The recording carries a slight background noise."),
        ("en",),
        "English, male, low and expressive",
    ),
    Voice(
        "expressive-male-article",
        f"Perform TTS. Use the following voice: {_EXPRESSIVE_MALE}",
        ("en",),
        "The same, asked for as in Liquid AI's article: on one line, without background noise",
    ),
)
"""LFM2-Audio takes a free description; settings can add more of them."""
