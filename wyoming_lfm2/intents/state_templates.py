"""Answers about states that only Home Assistant knows, as templates that it renders (2026.11 and later).

It renders them with ``query.matched`` and ``query.unmatched``, the entities that were found, ``state``, the first
of them, and ``slots``.
"""

from __future__ import annotations

from dataclasses import dataclass

_NAMES = "{{ query.%s | map(attribute='name') | join('%s') }}"


@dataclass(frozen=True)
class StateTemplates:
    """One language's."""

    nothing: str
    """There is nothing of the kind."""
    yes: str
    """With ``{names}``: those in the state that was asked for."""
    no: str
    """None is in it."""
    each: str
    """What is said of each entity ``s``."""
    joiner: str
    temperature: str
    weather: str

    def template(self, intent: str, *, asked_whether: bool) -> str:
        """For ``HassGetState``, ``HassClimateGetTemperature`` or ``HassGetWeather``.

        :param asked_whether: a state was named ("is the light on", "which lights are on").
        """
        if intent == "HassClimateGetTemperature":
            known = "{% if state.attributes.current_temperature is number %}"
            found = f"{known}{self.temperature}{{% else %}}{self.nothing}{{% endif %}}"
        elif intent == "HassGetWeather":
            found = self.weather
        elif asked_whether:
            yes = self.yes.replace("{names}", _NAMES % ("matched", self.joiner))
            found = f"{{% if query.matched %}}{yes}{{% else %}}{self.no}{{% endif %}}"
        else:
            each = f"{self.each}{{{{ '' if loop.last else '{self.joiner}' }}}}"
            found = f"{{% for s in query.matched %}}{each}{{% endfor %}}"
        return f"{{% if state %}}{found}{{% else %}}{self.nothing}{{% endif %}}"


ENGLISH_STATES = StateTemplates(
    nothing="Sorry, I did not find that.",
    yes="Yes: {names}.",
    no="No.",
    each="{{ s.name }} is {{ s.state_with_unit | replace('_', ' ') }}",
    joiner=", ",
    temperature="It is {{ state.attributes.current_temperature }} degrees.",
    weather="It is {{ state.state | replace('_', ' ') }}"
    "{% if state.attributes.temperature is number %}, {{ state.attributes.temperature }} degrees{% endif %}.",
)

JAPANESE_STATES = StateTemplates(
    nothing="すみません、見つかりませんでした。",
    yes="はい、{names}です。",
    no="いいえ。",
    each="{{ s.name }}は{{ s.state_with_unit }}",
    joiner="、",
    temperature="{{ state.attributes.current_temperature }}度です。",
    weather="{{ state.state }}"
    "{% if state.attributes.temperature is number %}、{{ state.attributes.temperature }}度{% endif %}です。",
)
