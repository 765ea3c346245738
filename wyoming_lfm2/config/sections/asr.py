"""Speech to text: how sound becomes pieces for the model (``hearing``), and its end (``endpointing``)."""

from __future__ import annotations

from pydantic import Field

from wyoming_lfm2.config.sections.section import OrOff, Section


class HearingSettings(Section):
    """How audio becomes pieces for the model."""

    longest_piece_s: float = Field(default=30.0, ge=1, le=120)
    """Seconds in one piece; longer audio is cut at pauses and the texts are joined."""
    longest_request_s: float = Field(default=300.0, ge=1, le=3600)
    """Seconds in one request; more is an error."""
    vad_threshold: float = Field(default=0.5, gt=0, lt=1)
    """Speech probability from which a 32 ms frame counts as speech."""
    minimum_speech_s: float = Field(default=0.16, ge=0, le=5)
    """Less speech than this in all is silence: the transcript is empty."""
    speculate_after_s: OrOff[float] = Field(default=0.1, ge=0.05, le=5)
    """Length of a pause after which transcribing starts ahead of the end."""


class EndpointingSettings(Section):
    """When the server itself decides that the speaker has stopped."""

    enabled: bool = False
    """Send the transcript when speech has stopped, without waiting for audio-stop."""
    silence_s: float = Field(default=0.7, ge=0.2, le=10)
    """Silence after speech that ends the utterance."""
    longest_utterance_s: OrOff[float] = Field(default=15.0, ge=1, le=300)
    """An utterance ends here at the latest."""
    no_speech_s: OrOff[float] = Field(default=8.0, ge=1, le=300)
    """Without any speech for this long the transcript is empty."""
