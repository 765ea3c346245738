"""Dialogues for nano to learn from: ``python -m nano.corpus.dialogues --count 60000 --out FILE``.

Each line has ``home`` (whether nano may control the home), up to three ``turns`` of ``user`` and ``assistant``,
and ``split``. The same words after the same turns always have the same answer. What opens a dialogue of the dev or
test split opens none of training; what few people say in any other way ("Hello.") is always trained.
The same count, seed and version of the word lists give the same file.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nano.corpus.actions import Actions
from nano.corpus.errands import Errands
from nano.corpus.exchange import Exchange
from nano.corpus.follow_ups import FollowUps
from nano.corpus.manner import Manner, plain_words, without_time
from nano.corpus.media import Media
from nano.corpus.package_exchanges import PackageExchanges
from nano.corpus.questions import ClockQuestion, Questions, some_time
from nano.corpus.refusals import Refusals
from nano.corpus.replies import ASKING, Replies
from nano.corpus.split import Split, split_of
from nano.corpus.talk import Talk
from nano.corpus.targets import Targets
from nano.corpus.unable import Unable
from nano.paths import WORK
from wyoming_lfm2.services.clock import with_time

REPEATS = 6
"""How often the same dialogue may come."""
_HOME = 0.6
_FURTHER = 0.42
"""Share of dialogues that go on, where they can."""
_OPENINGS = {
    "action": 32, "package": 12, "errand": 12, "media": 8, "unable": 7, "question": 8, "clock": 4, "talk": 5, "asking": 2,
    "refusal": 11,
}  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """What is said and answered, as it is written."""

    user: str
    assistant: str


@dataclass(frozen=True)
class Dialogue:
    """Up to three turns."""

    home: bool
    turns: tuple[Turn, ...]
    split: Split
    topics: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """As a line of the file."""
        turns = [{"user": turn.user, "assistant": turn.assistant} for turn in self.turns]
        return {"home": self.home, "turns": turns, "split": self.split, "topics": list(self.topics)}


class Dialogues:
    """Endless dialogues, some of which contradict others; see `sample_dialogues`."""

    def __init__(self, seed: int) -> None:
        self._rng = rng = random.Random(seed)
        targets = Targets(rng)
        self._actions, self._errands, self._media = Actions(targets), Errands(targets), Media(targets)
        self._unable, self._questions, self._talk = Unable(targets), Questions(targets), Talk(rng)
        self._package, self._refusals = PackageExchanges(targets, self._errands), Refusals(rng)
        replies = Replies(targets, self._actions, self._errands, self._media)
        self._follow_ups = FollowUps(targets, self._actions, self._errands, self._talk, replies)
        self._manner = Manner(rng)

    def _opening(self) -> Exchange | ClockQuestion:
        kind = self._rng.choices(list(_OPENINGS), list(_OPENINGS.values()))[0]
        parts = {"action": self._actions, "errand": self._errands, "media": self._media, "unable": self._unable,
                 "question": self._questions}  # fmt: skip
        if kind in parts:
            kinds = parts[kind].kinds
            return self._rng.choices(list(kinds), list(kinds.values()))[0]()
        single: dict[str, Callable[[], Exchange | ClockQuestion]] = {
            "package": self._package.exchange, "clock": self._questions.clock, "talk": self._talk.exchange,
            "asking": lambda: self._talk.asking(self._rng.choice(list(ASKING))), "refusal": self._refusals.exchange,
        }  # fmt: skip
        return single[kind]()

    def __iter__(self) -> Iterator[Dialogue]:
        while True:
            yield self._dialogue()

    def _dialogue(self) -> Dialogue:
        rng, home, now = self._rng, self._rng.random() < _HOME, some_time(self._rng)
        opening = self._opening()
        of_clock = isinstance(opening, ClockQuestion)
        exchange = opening.exchange(now) if isinstance(opening, ClockQuestion) else opening
        turns, topics = [], []
        split: Split = "train"
        polite = exchange.topic not in ("refusal", "talk", "clock", "nevermind")
        while True:
            first = not turns
            said = self._manner.written(
                exchange.user, polite=polite and first and bool(exchange.call or exchange.topic)
            )
            user = with_time(said, "en", now)
            if first and not exchange.known:
                split = split_of(user if of_clock else plain_words(said))
            turns.append(Turn(user, exchange.answer(home)))
            topics.append(exchange.topic)
            asked_back = exchange.setting in ASKING
            further = 0.8 if asked_back else _FURTHER if first else 0.35
            if len(turns) == 3 or rng.random() >= further:
                break
            after = self._follow_ups.exchange(exchange, home)
            if after is None and rng.random() < 0.25:
                opening = self._opening()
                after = opening.exchange(now) if isinstance(opening, ClockQuestion) else opening
            if after is None:
                break
            exchange = after
        return Dialogue(home, tuple(turns), split, tuple(topics))


def _keys(dialogue: Dialogue) -> Iterator[tuple[tuple[object, ...], str]]:
    """Each turn's words with all before them, and its answer."""
    said: tuple[object, ...] = (dialogue.home,)
    for turn, topic in zip(dialogue.turns, dialogue.topics, strict=True):
        said = (*said, plain_words(turn.user if topic == "clock" else without_time(turn.user)))
        yield said, turn.assistant
        said = (*said, turn.assistant)


def sample_dialogues(count: int, seed: int) -> list[Dialogue]:
    """`count` dialogues, none of which answers what another has been asked in another way."""
    answers: dict[tuple[object, ...], str] = {}
    openings: dict[str, Split] = {}
    times: Counter[tuple[Turn, ...]] = Counter()
    drawn: list[Dialogue] = []
    # Somewhat more than is wanted, since some go at the end.
    for dialogue in Dialogues(seed):
        keys = list(_keys(dialogue))
        if times[dialogue.turns] >= REPEATS or any(
            answers.get(key, answer) != answer for key, answer in keys
        ):
            continue
        if openings.setdefault(_opening_of(dialogue), dialogue.split) != dialogue.split:
            continue
        answers.update(keys)
        times[dialogue.turns] += 1
        drawn.append(dialogue)
        if len(drawn) >= count * 1.03 + 10:
            break
    held_out = {opening for opening, split in openings.items() if split != "train"}
    kept = [dialogue for dialogue in drawn if not _overheard(dialogue, held_out)]
    return kept[:count]


def _opening_of(dialogue: Dialogue) -> str:
    # A question for the time is another one at another time.
    user = dialogue.turns[0].user
    return plain_words(user if dialogue.topics[0] == "clock" else without_time(user))


def _overheard(dialogue: Dialogue, held_out: set[str]) -> bool:
    """Whether training would hear an opening that is held out."""
    return dialogue.split == "train" and any(
        plain_words(without_time(t.user)) in held_out for t in dialogue.turns
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WORK / "dialogues.jsonl")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = args.out.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as file:
        for dialogue in sample_dialogues(args.count, args.seed):
            file.write(json.dumps(dialogue.record(), ensure_ascii=False) + "\n")
    unfinished.replace(args.out)


if __name__ == "__main__":
    main()
