"""Endpointing: decides when the speaker has stopped, if the client does not decide it."""

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
    """Watches the VAD decisions of one stream for the end of the utterance."""

    def __init__(self, settings: EndpointingSettings) -> None:
        self._silence = frames_in(settings.silence_s)
        self._longest = _frames_or_never(settings.longest_utterance_s)
        self._no_speech = _frames_or_never(settings.no_speech_s)
        self._began: int | None = None

    def step(self, decision: VadDecision) -> bool:
        """Whether the utterance ends with this frame.

        By silence after speech, by its length since speech began, or because nothing was said.
        """
        if self._began is None and decision.confirmed:
            self._began = decision.frame - decision.confirmed + 1
        if decision.over and not decision.spoken:
            self._began = None
        if decision.spoken and decision.silence >= self._silence:
            return True
        now = decision.frame + 1
        if self._began is not None:
            return self._longest is not None and now - self._began >= self._longest
        return self._no_speech is not None and now >= self._no_speech


def _frames_or_never(seconds: float | None) -> int | None:
    return None if seconds is None else frames_in(seconds)
