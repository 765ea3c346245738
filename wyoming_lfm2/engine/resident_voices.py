"""The voices that a model brings with it, as the rest of the program knows voices."""

from __future__ import annotations

from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.models.model_set import ModelSet


def resident_voices(model_set: ModelSet) -> tuple[Voice, ...]:
    """The model's own ways of speaking, each with its sampling; its files need not be there."""
    return tuple(
        Voice(
            voice.name,
            voice.prompt,
            voice.languages,
            voice.description,
            voice.temperature,
            guidance=voice.guidance,
        )
        for voice in model_set.voices
    )
