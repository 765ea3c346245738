"""The one typed tree of settings: its sections in their order; each field's text is its documentation.

What a section holds, what is allowed there and the defaults are in ``sections/``, one file a subject. Where values
come from, and in which order they win, is the business of ``loading.py``.
"""

from __future__ import annotations

from wyoming_lfm2.config.sections.asr import EndpointingSettings, HearingSettings
from wyoming_lfm2.config.sections.conversation import ConversationSettings
from wyoming_lfm2.config.sections.discovery import DiscoverySettings
from wyoming_lfm2.config.sections.log import LogSettings
from wyoming_lfm2.config.sections.model import EngineSettings, ModelSettings
from wyoming_lfm2.config.sections.satellite import SatelliteSettings, WakeWordSettings
from wyoming_lfm2.config.sections.section import Section
from wyoming_lfm2.config.sections.service import ServiceSettings
from wyoming_lfm2.config.sections.tts import SpeakingSettings, VoiceSettings

__all__ = [
    "ConversationSettings",
    "DiscoverySettings",
    "EndpointingSettings",
    "EngineSettings",
    "HearingSettings",
    "LogSettings",
    "ModelSettings",
    "SatelliteSettings",
    "Section",
    "ServiceSettings",
    "Settings",
    "SpeakingSettings",
    "VoiceSettings",
    "WakeWordSettings",
]


class Settings(Section):
    """Everything that can be set."""

    model: ModelSettings = ModelSettings()
    """Which model is resident."""
    engine: EngineSettings = EngineSettings()
    """How it runs."""
    hearing: HearingSettings = HearingSettings()
    """How audio becomes pieces."""
    endpointing: EndpointingSettings = EndpointingSettings()
    """Server-side end of speech."""
    speaking: SpeakingSettings = SpeakingSettings()
    """How text becomes speech."""
    conversation: ConversationSettings = ConversationSettings()
    """How text is answered."""
    service: ServiceSettings = ServiceSettings()
    """The Wyoming port."""
    discovery: DiscoverySettings = DiscoverySettings()
    """zeroconf."""
    satellite: SatelliteSettings = SatelliteSettings()
    """A microphone and a loudspeaker in the room."""
    log: LogSettings = LogSettings()
    """What is written down."""
