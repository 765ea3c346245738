"""Dialogues for nano to learn from: ``python -m nano.corpus.dialogues --count 80000 --out FILE``.

Each line has ``home`` (whether nano may control the home), up to three ``turns`` of ``user`` and ``assistant``,
with their ``topics`` and whether they are ``fresh`` (mean the same without the turns before), and ``split``. The same
words after the same turns always have the same answer. What opens a dialogue of the dev or test split, or is said in it
as if it did, opens none of training and is no later turn there; what few people say in any other way ("Hello.") is
always trained.
The same count, seed and version of the word lists give the same file.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nano.corpus.actions import Actions
from nano.corpus.errands import Errands
from nano.corpus.exchange import Exchange
from nano.corpus.follow_ups import FollowUps
from nano.corpus.manner import Manner, plain_words, without_time
from nano.corpus.media import Media
from nano.corpus.openings import Openings, stands_alone
from nano.corpus.questions import ClockQuestion, some_time
from nano.corpus.replies import ASKING, Replies
from nano.corpus.split import Split, split_of
from nano.corpus.talk import Talk
from nano.corpus.targets import Targets
from nano.paths import WORK
from wyoming_lfm2.server.conversation_context import with_time

REPEATS = 6
"""How often the same dialogue may come."""
_HOME = 0.6
_FURTHER, _FURTHER_STILL, _FURTHER_ASKED = 0.5, 0.45, 0.8
"""Share of dialogues that go on after the first turn, after the second, and where nano has asked back."""
_FRESH, _FRESH_ASKED, _FRESH_INSTEAD = 0.38, 0.15, 0.5
"""Share of further turns that begin anew: by chance, where nano has asked back, and where nothing can follow."""
_TRIES = 2000


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
    fresh: tuple[bool, ...]
    """Whether a turn means the same without those before it; the first one always does."""

    def record(self) -> dict[str, Any]:
        """As a line of the file."""
        turns = [{"user": turn.user, "assistant": turn.assistant} for turn in self.turns]
        kinds = {"topics": list(self.topics), "fresh": list(self.fresh)}
        return {"home": self.home, "turns": turns, "split": self.split, **kinds}


@dataclass(frozen=True)
class _Said:
    """A turn with what it means."""

    exchange: Exchange
    user: str
    fresh: bool
    split: Split


class Dialogues:
    """Endless dialogues, some of which contradict others; see `sample_dialogues`."""

    def __init__(self, seed: int) -> None:
        self._rng = rng = random.Random(seed)
        targets = Targets(rng)
        actions, errands, media, talk = Actions(targets), Errands(targets), Media(targets), Talk(rng)
        replies = Replies(targets, actions, errands, media)
        self._openings = Openings(targets, actions, errands, media, talk)
        self._follow_ups = FollowUps(targets, actions, errands, talk, replies)
        self._manner = Manner(rng)

    def __iter__(self) -> Iterator[Dialogue]:
        while True:
            yield self._dialogue()

    def _opening(self, kind: str, now: datetime) -> _Said:
        drawn = self._openings.of(kind)
        exchange = drawn.exchange(now) if isinstance(drawn, ClockQuestion) else drawn
        polite = bool(exchange.topic) and exchange.topic not in ("refusal", "talk", "clock", "nevermind")
        said = self._manner.written(exchange.user, polite=polite)
        user = with_time(said, "en", now)
        split = (
            "train" if exchange.known else split_of(user if exchange.topic == "clock" else plain_words(said))
        )
        return _Said(exchange, user, True, split)

    def _anew(self, before: list[_Said], split: Split, now: datetime) -> _Said:
        """A turn that has nothing to do with those before. It is of the dialogue's split, as if it opened one."""
        kind = self._openings.later_kind()
        for _ in range(_TRIES):
            drawn = self._opening(kind, now)
            # Few ask for the time in another way, and at this minute nobody else does.
            free = drawn.exchange.known or (drawn.exchange.topic == "clock" and split != "train")
            if (free or drawn.split == split) and stands_alone(drawn.exchange, [b.exchange for b in before]):
                return drawn
        raise RuntimeError(f"nothing of the kind {kind} is of the split {split} and stands alone")

    def _further(self, before: list[_Said], home: bool, split: Split, now: datetime) -> _Said | None:
        rng, last = self._rng, before[-1].exchange
        if rng.random() >= (_FRESH_ASKED if last.setting in ASKING else _FRESH):
            earlier = before[-2].exchange if len(before) > 1 else None
            after = self._follow_ups.exchange(last, home, earlier)
            if after:
                user = with_time(self._manner.written(after.user, polite=False), "en", now)
                return _Said(after, user, False, split)
            if rng.random() >= _FRESH_INSTEAD:
                return None
        return self._anew(before, split, now)

    def _dialogue(self) -> Dialogue:
        rng, home, now = self._rng, self._rng.random() < _HOME, some_time(self._rng)
        said = [self._opening(self._openings.first_kind(), now)]
        split = said[0].split
        while len(said) < 3:
            asked_back = said[-1].exchange.setting in ASKING
            share = _FURTHER_ASKED if asked_back else _FURTHER if len(said) == 1 else _FURTHER_STILL
            further = self._further(said, home, split, now) if rng.random() < share else None
            if further is None:
                break
            said.append(further)
        turns = tuple(Turn(each.user, each.exchange.answer(home)) for each in said)
        topics = tuple(each.exchange.topic for each in said)
        return Dialogue(home, turns, split, topics, tuple(each.fresh for each in said))


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
    parser.add_argument("--count", type=int, default=80_000)
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
