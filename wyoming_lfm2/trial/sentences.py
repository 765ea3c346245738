"""What is said, asked and played in a trial, for each language that a model of the catalogue has.

Short everyday sentences. The English ones are what people say to a home, since that is all that ``nano``, the set in
the package, has learnt to hear, and it is tried with the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.engine.api import EngineInfo

RECORDINGS_FOLDER = Path(__file__).parent / "recordings"


@dataclass(frozen=True)
class Recording:
    """A recording that comes with the package."""

    file: str
    text: str
    language: str
    of_a_home: bool
    """Whether it is said to a home, so that a model which knows nothing else is to understand it."""

    @property
    def path(self) -> Path:
        """Where it is."""
        return RECORDINGS_FOLDER / self.file


@dataclass(frozen=True)
class Question:
    """Something to ask that has one plain answer."""

    text: str
    expected: tuple[str, ...]
    """Words of which one belongs into the answer, in lower case."""


SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "Turn on the kitchen light.",
        "Set the heating to 21.5 °C.",
        "Set a timer for 10 minutes.",
        "What is the temperature in the living room?",
        "Is the garage door closed?",
    ),
    "ja": (
        "台所の電気をつけてください。",
        "今日はとてもいい天気ですね。",
        "明日の朝、早く起こしてください。",
        "玄関のドアは閉まっています。",
        "おはようございます。",
    ),
}
"""By primary language tag."""

RECORDINGS = (
    Recording("turn_on_the_kitchen_light.flac", "Turn on the kitchen light.", "en", of_a_home=True),
    Recording("go_forward_10_meters.flac", "Go forward 10 meters.", "en", of_a_home=False),
)

QUESTIONS: dict[str, tuple[Question, Question]] = {
    "en": (
        Question("What is the capital of France?", ("paris",)),
        Question("How many days does a week have?", ("seven", "7")),
    ),
    "ja": (
        Question("フランスの首都はどこですか。", ("パリ",)),
        Question("一週間は何日ありますか。", ("七", "7", "なな")),
    ),
}
"""By primary language tag: the first is answered in text, the second in text and sound at once."""

HOME_QUESTIONS = (
    Question("Turn on the kitchen light.", ("kitchen",)),
    Question("Turn off the bedroom lamp.", ("bedroom",)),
)
"""The same for a small model that knows a home and little else."""


def knows_only_a_home(info: EngineInfo) -> bool:
    """Tell whether a model is a small one that was trained on one home's talk: it has a prompt of its own."""
    return bool(info.conversation_prompt)


def primary(language: str) -> str:
    """Return the language of a BCP 47 tag, in lower case: ``en`` for ``en-US``."""
    return language.replace("_", "-").split("-")[0].lower()
