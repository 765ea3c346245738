"""What opens a dialogue, or a later turn that has nothing to do with the turns before."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from nano.corpus.actions import Actions
from nano.corpus.errands import Errands
from nano.corpus.exchange import Exchange
from nano.corpus.media import Media
from nano.corpus.package_exchanges import PackageExchanges
from nano.corpus.questions import ClockQuestion, Questions
from nano.corpus.refusals import Refusals
from nano.corpus.replies import ASKING
from nano.corpus.talk import Talk
from nano.corpus.targets import Targets
from nano.corpus.unable import Unable

_FIRST = {
    "action": 32, "package": 12, "errand": 12, "media": 8, "unable": 7, "question": 8, "clock": 4, "talk": 5, "asking": 2,
    "refusal": 11,
}  # fmt: skip
# What is no command more than half of the time: where later turns were nearly always commands, nano took "Hello!" for one.
_LATER = {
    "brief": 13, "talk": 12, "refusal": 28, "action": 13, "package": 5, "errand": 6, "media": 4, "unable": 7, "question": 7,
    "clock": 5, "asking": 2,
}  # fmt: skip
_POINTING = re.compile(r"\b(it|them|that|this|those)\b")
_ELLIPTIC = (
    "another one",
    "stop",
    "it's too bright",
    "it's too bright in here",
    "it's too loud",
    "it's too loud in here",
)
_OF_BEFORE = ("on", "off", "open", "close")
_NAMING = ("item", "task", "play")
_SENTENCE = 4
"""Words; what is shorter may be one more thing to buy or to play."""


def stands_alone(exchange: Exchange, before: Sequence[Exchange]) -> bool:
    """Whether `exchange` would be answered after `before` as it is at the beginning."""
    last = before[-1]
    if exchange.topic == "refusal" and (last.setting in ASKING or last.setting in _NAMING):
        return len(exchange.user.split()) >= _SENTENCE
    if not any(earlier.call or earlier.setting in ASKING for earlier in before):
        return True
    if exchange.user in _ELLIPTIC:
        return False
    if exchange.setting in ASKING:
        # "Turn it on" has something to mean, and so has "make it warmer".
        return ASKING[exchange.setting] not in _OF_BEFORE and not exchange.text.startswith("Say the")
    if exchange.call and not exchange.call.intent.startswith(("HassGet", "HassClimateGet")):
        return not _POINTING.search(exchange.user)
    return True


class Openings:
    """Draws them."""

    def __init__(
        self, targets: Targets, actions: Actions, errands: Errands, media: Media, talk: Talk
    ) -> None:
        self._rng: random.Random = targets.rng
        self._talk = talk
        questions = Questions(targets)
        self._kinds: dict[str, dict[Callable[[], Exchange], int]] = {
            "action": actions.kinds, "errand": errands.kinds, "media": media.kinds, "unable": Unable(targets).kinds,
            "question": questions.kinds,
        }  # fmt: skip
        self._single: dict[str, Callable[[], Exchange | ClockQuestion]] = {
            "package": PackageExchanges(targets, errands).exchange, "clock": questions.clock, "talk": talk.exchange,
            "asking": lambda: talk.asking(self._rng.choice(list(ASKING))), "refusal": Refusals(self._rng).exchange,
            "brief": lambda: errands.nevermind() if self._rng.random() < 0.12 else talk.brief(),
        }  # fmt: skip

    def first_kind(self) -> str:
        """Of what kind a dialogue's opening is."""
        return self._rng.choices(list(_FIRST), list(_FIRST.values()))[0]

    def later_kind(self) -> str:
        """Of what kind a turn is that begins anew."""
        return self._rng.choices(list(_LATER), list(_LATER.values()))[0]

    def of(self, kind: str) -> Exchange | ClockQuestion:
        """One of a kind."""
        if kind in self._single:
            return self._single[kind]()
        kinds = self._kinds[kind]
        return self._rng.choices(list(kinds), list(kinds.values()))[0]()
