"""When the server itself decides that the speaker has stopped."""

from __future__ import annotations

from wyoming_lfm2.asr.speech_tracker import VadDecision, frames_in
from wyoming_lfm2.config.settings import EndpointingSettings

_SHORTEST_SILENCE_S = 0.2
_LONGEST_SILENCE_S = 10.0

# Home Assistant's own pipeline waits 1.25 s, 0.7 s and 0.25 s.
_PATIENCE = {"relaxed": 1.25 / 0.7, "default": 1.0, "aggressive": 0.25 / 0.7}


def endpointing_for(settings: EndpointingSettings, vad_sensitivity: str | None) -> EndpointingSettings:
    """Settings for a request that asks for a patience of its own.

    :param vad_sensitivity: the field of Wyoming's ``transcribe``: ``relaxed`` waits longer
        after speech, ``aggressive`` less; ``default``, None and words from a later protocol
        leave the settings as they are.
    """
    patience = _PATIENCE.get(vad_sensitivity or "default", 1.0)
    silence_s = min(max(settings.silence_s * patience, _SHORTEST_SILENCE_S), _LONGEST_SILENCE_S)
    return settings.model_copy(update={"silence_s": silence_s})


class Endpointer:
    """Watches the moments of one stream for the end of the utterance."""

    def __init__(self, settings: EndpointingSettings) -> None:
        self._silence = frames_in(settings.silence_s)
        self._longest = frames_in(settings.longest_utterance_s)
        self._no_speech = frames_in(settings.no_speech_s)
        self._began: int | None = None

    def step(self, moment: VadDecision) -> bool:
        """Whether the utterance ends with this frame.

        By silence after speech, by its length since speech began, or because nothing was said.
        """
        if self._began is None and moment.confirmed:
            self._began = moment.frame - moment.confirmed + 1
        if moment.over and not moment.spoken:
            self._began = None
        if moment.spoken and moment.silence >= self._silence:
            return True
        now = moment.frame + 1
        if self._began is not None:
            return now - self._began >= self._longest
        return now >= self._no_speech
