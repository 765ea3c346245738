"""The voices that clients may choose from, the model's own and those of the settings, and which one is meant."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wyoming_lfm2.config.settings import VoiceSettings
from wyoming_lfm2.engine.api import Voice, described

_LOGGER = logging.getLogger(__name__)

_MOST_WARNINGS = 100
"""Unknown names that are remembered as warned of; a client may make up any number."""


class Voices:
    """All voices, and which one is meant."""

    def __init__(
        self, resident: Sequence[Voice], added: Mapping[str, VoiceSettings], default: str | None = None
    ) -> None:
        """Put them together.

        :param resident: of the model, its default first; at least one.
        :param added: of the settings, by name; one of a resident voice's name changes that voice.
        :param default: name of the voice for whoever does not choose.
        """
        self._voices = {voice.name: voice for voice in resident}
        for name, settings in added.items():
            self._voices[name] = _voice(name, settings, self._voices.get(name), resident[0])
        self._warned: set[str] = set()
        first = next(iter(self._voices.values()))
        self._default = first
        if default is not None:
            self._default = self._named(default) or first
            if self._default.name.lower() != default.lower():
                self._warn(default, "voice")

    @property
    def all(self) -> tuple[Voice, ...]:
        """Every voice, the default first."""
        others = (voice for voice in self._voices.values() if voice is not self._default)
        return (self._default, *others)

    def choose(
        self, name: str | None = None, *, language: str | None = None, speaker: str | None = None
    ) -> Voice:
        """The voice that a client asked for; the default, with one warning in the log, if there is none."""
        if speaker:
            # No voice here has several speakers, but a client may take the one for the other.
            if not name:
                name = speaker
            elif speaker.lower() != name.lower():
                self._warn(speaker, "speaker")
        if name:
            voice = self._named(name)
            if voice is None:
                self._warn(name, "voice")
            return voice or self._default
        if language:
            voice = self._speaking(language)
            if voice is None:
                self._warn(language, "voice for language")
            return voice or self._default
        return self._default

    def _named(self, name: str) -> Voice | None:
        return self._voices.get(name) or next(
            (voice for voice in self._voices.values() if voice.name.lower() == name.lower()), None
        )

    def _speaking(self, language: str) -> Voice | None:
        """The first voice with this tag, else with this language; the default before the others."""
        tag = language.replace("_", "-").lower()
        for wanted in (tag, tag.split("-")[0]):
            for voice in self.all:
                tags = [known.lower() for known in voice.languages]
                if wanted in tags or (wanted != tag and wanted in (known.split("-")[0] for known in tags)):
                    return voice
        return None

    def _warn(self, wanted: str, what: str) -> None:
        key = f"{what} {wanted[:60]}"
        if key in self._warned or len(self._warned) >= _MOST_WARNINGS:
            return
        self._warned.add(key)
        _LOGGER.warning("There is no %s %r; %s speaks instead", what, wanted[:60], self._default.name)


def _voice(name: str, settings: VoiceSettings, same: Voice | None, first: Voice) -> Voice:
    """What the settings say, over the voice of the same name, or over the first one."""
    base = same or replace(first, description=name)
    prompt = settings.prompt or base.prompt
    if settings.description:
        prompt = described(settings.description)
    return Voice(
        name=name,
        prompt=prompt,
        languages=settings.languages or base.languages,
        description=settings.description or base.description,
        temperature=base.temperature if settings.temperature is None else settings.temperature,
        top_k=base.top_k if settings.top_k is None else settings.top_k,
        seed=base.seed if settings.seed is None else settings.seed,
        guidance=base.guidance if settings.guidance is None else settings.guidance,
    )
