"""What the port itself says in a dialogue. It is read out to somebody, so it is in the language that they speak."""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.intents.state_templates import ENGLISH_STATES, JAPANESE_STATES, StateTemplates
from wyoming_lfm2.server.languages import primary


@dataclass(frozen=True)
class CannedReplies:
    """One language's."""

    nothing_heard: str
    too_long: str
    other_language: str
    """With ``{languages}``, those of the model."""
    switched_off: str
    wordless: str
    """The resident model was not made for this."""
    speechless: str
    """The model had no answer."""
    unsure: str
    """What would be done is too uncertain to do it."""
    no_timers: str
    no_states: str
    """Home Assistant would not let its states be spoken."""
    not_here: str
    """This Home Assistant cannot do it."""
    done: str
    """Home Assistant has done it, and the model says nothing of it."""
    states: StateTemplates
    language_names: dict[str, str]
    """By primary tag."""
    joiner: str

    def understands_only(self, languages: tuple[str, ...]) -> str:
        """The sentence for a request in another language."""
        tags = dict.fromkeys(primary(language) for language in languages)
        names = self.joiner.join(self.language_names.get(tag, tag) for tag in tags)
        return self.other_language.format(languages=names)


ENGLISH = CannedReplies(
    nothing_heard="Sorry, I did not hear anything.",
    too_long="Sorry, that was too long for me.",
    other_language="Sorry, I only understand {languages}.",
    switched_off="Sorry, conversation is switched off.",
    wordless="Sorry, I cannot hold a conversation. My model was not made for it.",
    speechless="Sorry, I have no answer to that.",
    unsure="Sorry, I am not sure what you want me to do.",
    no_timers="Sorry, I cannot set timers from here.",
    no_states="Sorry, I cannot look that up from here.",
    not_here="Sorry, I cannot do that here.",
    done="Done.",
    states=ENGLISH_STATES,
    language_names={"en": "English", "ja": "Japanese"},
    joiner=" and ",
)

JAPANESE = CannedReplies(
    nothing_heard="すみません、何も聞こえませんでした。",
    too_long="すみません、長すぎて答えられません。",
    other_language="すみません、{languages}しかわかりません。",
    switched_off="すみません、会話機能はオフになっています。",
    wordless="すみません、このモデルは会話ができません。",
    speechless="すみません、答えがわかりません。",
    unsure="すみません、何をすればよいかよくわかりません。",
    no_timers="すみません、ここからはタイマーを使えません。",
    no_states="すみません、ここからは調べられません。",
    not_here="すみません、それはここではできません。",
    done="完了しました。",
    states=JAPANESE_STATES,
    language_names={"en": "英語", "ja": "日本語"},
    joiner="と",
)

_PHRASES = {"en": ENGLISH, "ja": JAPANESE}


def canned_replies_in(*languages: str | None) -> CannedReplies:
    """In the first of these languages (BCP 47 tags) that there are phrases in; else in English."""
    tags = (primary(language) for language in languages if language)
    return next((_PHRASES[tag] for tag in tags if tag in _PHRASES), ENGLISH)
