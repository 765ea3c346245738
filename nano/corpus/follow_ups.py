"""Second and third turns, which mean something only after the turn before."""

from __future__ import annotations

from collections.abc import Callable

from nano.corpus.actions import Actions
from nano.corpus.again import REVERSED, done_again, moved_to, room_of
from nano.corpus.deeds import (  # fmt: skip
    COLORS,
    DIMMED,
    WHITES,
    blown,
    brightened,
    colored,
    heated,
    moved,
    positioned,
    switched,
)
from nano.corpus.errands import Errands
from nano.corpus.exchange import Call, Exchange, Target
from nano.corpus.questions import measured
from nano.corpus.replies import ASKING, Replies
from nano.corpus.talk import Talk
from nano.corpus.targets import Targets

_AGAIN = ("what did you say", "say that again", "repeat that", "repeat that please", "can you repeat that")

_RUNNING = ("play", "media", "volume", "vacuum", "cover", "position")
_ASIDE = ("talk", "refusal", "clock", "repeat")
"""After these, a next turn may mean the turn before them."""


class FollowUps:
    """Draws the turn after a turn."""

    def __init__(
        self, targets: Targets, actions: Actions, errands: Errands, talk: Talk, replies: Replies
    ) -> None:
        self._targets = targets
        self._rng = targets.rng
        self._actions, self._errands, self._talk, self._replies = actions, errands, talk, replies

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def exchange(self, before: Exchange, home: bool, earlier: Exchange | None = None) -> Exchange | None:
        """What may be said after `before`, and before that `earlier`; None where nothing is."""
        draw = self._rng.random()
        if before.setting in ASKING:
            if draw < 0.06:
                return self._errands.nevermind()
            return self._replies.told(ASKING[before.setting])
        if draw < 0.03:
            return self._talk.asking("You're welcome.")
        spoken = before.text if home else before.plain or before.text
        if draw < 0.07 and spoken:
            return Exchange(self._one(*_AGAIN), spoken, topic="repeat")
        if draw < 0.1 and before.call:
            # "Stop it" would stop what moves or plays.
            return self._errands.nevermind(running=before.topic in _RUNNING)
        kinds = self._kinds(before)
        if not kinds and earlier and before.topic in _ASIDE and self._rng.random() < 0.6:
            # It is too late to say "no, the den".
            before, kinds = earlier, [kind for kind in self._kinds(earlier) if kind != self._corrected]
        return self._rng.choice(kinds)(before) if kinds else None

    def _kinds(self, before: Exchange) -> list[Callable[[Exchange], Exchange]]:
        target, setting = before.target, before.setting
        if target:
            return self._kinds_about(target, setting)
        if setting.startswith("temperature:"):
            return [self._other_degrees, self._heated_elsewhere]
        louder = self._replies.volume
        music: Callable[[Exchange], Exchange] = lambda _: self._replies.music()  # noqa: E731
        kinds: dict[str, list[Callable[[Exchange], Exchange]]] = {
            "item": [lambda _: self._replies.another_item()], "get temperature": [self._asked_elsewhere],
            "volume": [louder], "play": [music, louder], "media": [music, louder],
        }  # fmt: skip
        return kinds.get(setting, [])

    def _kinds_about(self, target: Target, setting: str) -> list[Callable[[Exchange], Exchange]]:
        more = {"light": [self._lit], "cover": [self._halfway]}.get(target.kind, [])
        switched_or_moved = [self._reversed, self._elsewhere, self._another, self._corrected, *more]
        lit = [self._lit, self._lit, self._elsewhere, self._turned_off]
        numbered = [self._other_number, self._elsewhere]
        kinds: dict[str, list[Callable[[Exchange], Exchange]]] = {
            **dict.fromkeys(REVERSED, switched_or_moved), "is": [self._done_about], "start": [self._docked],
            "brightness": lit, "color": lit, "position": numbered, "percentage": numbered,
            "temperature": [self._other_degrees, *([self._heated_elsewhere] if room_of(target) else [])],
        }  # fmt: skip
        return kinds.get(setting.partition(":")[0], [])

    def _it(self, target: Target) -> str:
        return "them" if target.plural else "it"

    def _elsewhere(self, before: Exchange) -> Exchange:
        assert before.target
        area = self._targets.area(room_of(before.target))
        try:
            target = moved_to(before.target, area)
        except ValueError:
            return self._another(before)
        forms = (
            f"and in the {area}", f"and the {area}", f"and in the {area} too", f"also in the {area}", f"the {area} too",
            f"the same in the {area}", f"in the {area} as well", f"and now the {area}", f"now the {area}",
            f"do the same in the {area}", f"and in the {area} please",
        )  # fmt: skip
        return done_again(before, target, self._one(*forms))

    def _corrected(self, before: Exchange) -> Exchange:
        assert before.target
        area = self._targets.area(room_of(before.target))
        try:
            target = moved_to(before.target, area)
        except ValueError:
            return self._reversed(before)
        forms = (f"no, the {area}", f"no, in the {area}", f"I meant the {area}", f"no, I meant the {area}")
        return done_again(before, target, self._one(*forms))

    def _another(self, before: Exchange) -> Exchange:
        drawn = {
            **dict.fromkeys(("on", "off"), self._targets.switchable), "percentage": self._targets.fan,
            **dict.fromkeys(("brightness", "color"), self._targets.light),
            **dict.fromkeys(("open", "close", "position"), self._targets.cover),
        }  # fmt: skip
        target = drawn.get(before.setting, self._targets.lock)()
        it = target.with_article
        return done_again(before, target, self._one(f"and {it}", f"{it} too", f"also {it}", f"no, {it}"))

    def _reversed(self, before: Exchange) -> Exchange:
        assert before.target
        target, state, it = before.target, REVERSED[before.setting], self._it(before.target)
        if state in ("on", "off"):
            forms = (f"turn {it} {state}", f"turn {it} {state} again", f"switch {it} {state}", f"turn {it} back {state}",
                     f"and turn {it} {state} again", f"{state} again", "undo that")  # fmt: skip
            return switched(target, state, self._one(*forms))
        return moved(
            target, state, self._one(f"{state} {it}", f"{state} {it} again", f"now {state} {it}", "undo that")
        )

    def _turned_off(self, before: Exchange) -> Exchange:
        assert before.target
        it = self._it(before.target)
        return switched(
            before.target, "off", self._one(f"turn {it} off", f"switch {it} off", f"turn {it} off again")
        )

    def _lit(self, before: Exchange) -> Exchange:
        assert before.target
        target, it, draw = before.target, self._it(before.target), self._rng.random()
        if draw < 0.2:
            forms = (f"make {it} brighter", "brighter", "brighter please", "full brightness")
            return brightened(target, 100, self._one(*forms))
        if draw < 0.4:
            dimmer = (f"dim {it}", f"make {it} dimmer", "dimmer", "not so bright", "too bright")
            return brightened(target, DIMMED, self._one(*dimmer))
        if draw < 0.7:
            percent = self._actions.percent()
            to = (f"set {it} to", f"make {it}", "", f"dim {it} to")
            return brightened(target, percent, f"{self._one(*to)} {percent}%".strip())
        color = self._targets.one((*COLORS, *WHITES), 0.2)
        return colored(
            target,
            color,
            self._one(f"make {it} {color}", f"set {it} to {color}", f"turn {it} {color}", f"now {color}"),
        )

    def _halfway(self, before: Exchange) -> Exchange:
        assert before.target
        it, percent = self._it(before.target), self._actions.percent()
        if self._rng.random() < 0.5:
            return positioned(
                before.target, 50, self._one(f"open {it} halfway", "only halfway", f"set {it} to half")
            )
        return positioned(before.target, percent, self._one(f"set {it} to {percent}%", f"only {percent}%"))

    def _other_number(self, before: Exchange) -> Exchange:
        assert before.target
        it, percent = self._it(before.target), self._actions.percent()
        phrase = self._one(
            f"set {it} to {percent}%", f"make it {percent}%", f"no, {percent}%", f"now {percent}%"
        )
        set_to = positioned if before.setting == "position" else blown
        return set_to(before.target, percent, phrase)

    def _other_degrees(self, before: Exchange) -> Exchange:
        degrees, area = self._actions.degrees(), before.setting.partition(":")[2]
        if self._rng.random() < 0.4 and isinstance(before.value, int):
            step = self._rng.choice((1, -1))
            warmer = ("1 degree more", "a bit warmer", "a little warmer", "warmer")
            cooler = ("1 degree less", "a bit cooler", "a little cooler", "cooler")
            phrase = self._one(*(warmer if step > 0 else cooler))
            return heated(before.target, area, before.value + step, phrase)
        forms = (f"make it {degrees} degrees", f"no, {degrees} degrees", f"make it {degrees}", f"set it to {degrees}",
                 f"{degrees} degrees", f"change it to {degrees} degrees")  # fmt: skip
        return heated(before.target, area, degrees, self._one(*forms))

    def _heated_elsewhere(self, before: Exchange) -> Exchange:
        old = room_of(before.target) if before.target else before.setting.partition(":")[2]
        area = self._targets.area(old)
        phrase = self._one(
            f"and in the {area}", f"and the {area}", f"the same in the {area}", f"also in the {area}"
        )
        target = moved_to(before.target, area) if before.target else None
        assert not isinstance(before.value, str)
        return heated(target, "" if target else area, before.value, phrase)

    def _asked_elsewhere(self, before: Exchange) -> Exchange:
        area = self._targets.area(str(before.value))
        return measured(
            area,
            self._one(
                f"and in the {area}", f"what about the {area}", f"and the {area}", f"how about the {area}"
            ),
        )

    def _done_about(self, before: Exchange) -> Exchange:
        assert before.target
        state, it = before.setting.partition(":")[2], self._it(before.target)
        other = REVERSED.get(state) or {"closed": "open", "locked": "unlock", "unlocked": "lock"}[state]
        if other in ("on", "off"):
            return switched(
                before.target,
                other,
                self._one(f"turn {it} {other}", f"then turn {it} {other}", f"switch {it} {other}"),
            )
        return moved(
            before.target, other, self._one(f"{other} {it}", f"then {other} {it}", f"please {other} {it}")
        )

    def _docked(self, before: Exchange) -> Exchange:
        assert before.target
        call = Call("HassVacuumReturnToBase", before.target.slots)
        phrase = self._one(
            "send it back", "send it home", "stop it and send it home", "send it back to its base"
        )
        return Exchange(
            phrase,
            f"{before.target.said[0].upper()}{before.target.said[1:]} is going home.",
            call,
            "",
            "vacuum",
            before.target,
            "dock",
        )
