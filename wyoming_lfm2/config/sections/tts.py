"""Text to speech: voices of one's own, loudness, silences and the cache (``speaking``)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from wyoming_lfm2.config.sections.section import Section, mapping_of


class VoiceSettings(Section):
    """A voice of one's own, or another manner of one that the model has. What is not said stays as it was."""

    prompt: str | None = None
    """System prompt; default: the one of the model's voice of the same name, or of its first."""
    description: str | None = None
    """What the voice is like, in a sentence, for models that take a description instead of a name."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags, the first is its own."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Of the sound; 0 takes the likeliest each time."""
    top_k: int | None = Field(default=None, ge=0, le=65536)
    """Each code is drawn from this many likeliest ones; 0: from all."""
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    """Of the draws."""
    guidance: float | None = Field(default=None, ge=1, le=5)
    """How closely to keep to the text, for a model that was trained for it, as nano is; 1: no guidance."""


class SpeakingSettings(Section):
    """How text becomes speech."""

    voice: str | None = None
    """Voice for clients that do not choose one; default: the model's first."""
    voices: Annotated[dict[str, VoiceSettings], BeforeValidator(mapping_of)] = Field(default={})
    """More voices by name: {NAME: {prompt, description, languages, temperature, top_k, seed, guidance}}."""
    loudness: bool = True
    """Make all voices and sentences equally loud."""
    loudness_db: float = Field(default=-21.0, ge=-40, le=-10)
    """How loud: root mean square of speech, in dB of full scale."""
    trim: bool = True
    """Trim the silence that the model makes before and after each sentence."""
    silence_before_s: float = Field(default=0.05, ge=0, le=5)
    """Silence before the first word; more for loudspeakers that swallow the beginning."""
    silence_between_s: float = Field(default=0.25, ge=0, le=5)
    """Silence between two sentences."""
    silence_after_s: float = Field(default=0.15, ge=0, le=5)
    """Silence after the last word."""
    cache_mb: int = Field(default=16, ge=0, le=4096)
    """Memory for sentences that are spoken again, 48 kB for a second; 0: none are kept."""
    prepare: bool = True
    """Begin to speak an answer of conversation before anybody asks for it, while the model is idle."""
    longest_text: int = Field(default=20_000, ge=1, le=1_000_000)
    """Characters in one request; more is an error."""
