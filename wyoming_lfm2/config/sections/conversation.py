"""How text is answered, in words or by home control (``conversation``)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from wyoming_lfm2.config.sections.section import Section

HomeName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ConversationSettings(Section):
    """How text is answered."""

    enabled: bool = True
    """Answer what is said, with a model that converses."""
    system_prompt: str = (
        "You are the voice of a home. What you write is read aloud, so answer in {language}, in one or two short "
        "plain sentences, without lists, markdown or emoji. You can only talk. You cannot switch devices, set "
        "timers, play music or look things up, and you do not know the weather, the news or what is on in the "
        "home. If asked for any of that, say so kindly. Never invent facts."
    )
    """What the model is told before every dialogue, if it follows any prompt; {language} becomes its language."""
    home_control: bool = False
    """Let the model answer with intents, which Home Assistant carries out; see docs/home-control.md."""
    home_prompt: str = (
        "You are the voice of a home. What you write is read aloud, so answer in {language}, in one or two short "
        "plain sentences, without lists, markdown or emoji. If asked to switch, set or look up something at home, "
        "call the one function that does it and say behind the call, in a few words, that it is done. Call "
        "nothing unless you are asked to. What no function does, you cannot do; say so kindly. Never invent facts."
    )
    """What the model is told instead with home_control; a list of functions follows it."""
    home_confidence: float = Field(default=0.5, ge=0, le=1)
    """Home control acts only if the model finds each part of what it would do at least as likely as this."""
    home_names: tuple[HomeName, ...] = ()
    """Devices that home control may name, as Home Assistant calls them; all or none: empty lets it name any."""
    home_areas: tuple[HomeName, ...] = ()
    """Rooms that home control may name; all or none."""
    tell_time: bool = True
    """Tell the model this machine's date and time together with a question that has to do with them."""
    dialogues: int = Field(default=16, ge=1, le=1024)
    """Dialogues that are remembered; one more, and the one that rested longest is forgotten."""
    dialogue_minutes: float = Field(default=10.0, ge=0.01, le=1440)
    """A dialogue that rests for this long is forgotten."""
    dialogue_tokens: int = Field(default=1024, ge=128, le=131072)
    """Tokens of one dialogue; its oldest turns are forgotten first."""
    answer_tokens: int = Field(default=256, ge=8, le=4096)
    """Tokens in one answer; it is cut off there."""
    longest_text: int = Field(default=1000, ge=1, le=100_000)
    """Characters in what is asked; more is not answered."""
