"""Second and third turns, which mean something only after the turn before."""

from __future__ import annotations

from collections.abc import Callable

from nano.corpus import words
from nano.corpus.actions import (
    COLORS, DIMMED, WHITES, Actions, blown, brightened, colored, heated, moved, positioned, switched,
)  # fmt: skip
from nano.corpus.errands import Errands
from nano.corpus.exchange import Call, Exchange, Target
from nano.corpus.questions import measured
from nano.corpus.talk import Talk
from nano.corpus.targets import Targets

REVERSED = {"on": "off", "off": "on", "open": "close", "close": "open", "lock": "unlock", "unlock": "lock"}
ASKING = {
    "What should I turn on?": "on", "What should I turn off?": "off", "What should I open?": "open",
    "What should I close?": "close", "What do you need?": "item", "What temperature?": "temperature",
    "Say the temperature you want.": "temperature", "What should I play?": "play",
}  # fmt: skip
"""What nano asks back, and what the answer to it is."""


def moved_to(target: Target, area: str) -> Target:
    """The same thing or things in another room."""
    if target.area:
        slots = {
            name: value.replace(target.area, area) if isinstance(value, str) else value
            for name, value in target.slots.items()
        }
        said = target.said.replace(target.area, area)
        return Target(said, said, slots, target.kind, area)
    if target.slots.get("domain") in ("light", "fan") and "name" not in target.slots:
        # From everywhere or a floor to a room.
        kind = f"the {area} {target.kind}s"
        return Target(kind, kind, {"area": area, "domain": target.kind}, target.kind, area)
    if "device_class" in target.slots:
        plural = target.said.split()[-1]
        slots = {"area": area, "domain": "cover", "device_class": target.slots["device_class"]}
        return Target("", f"the {area} {plural}", slots, target.kind, area)
    name = target.slots["name"]
    if isinstance(name, str) and "'s " not in name and not name.endswith("mode"):
        slots = {**target.slots, "area": area}
        return Target("", f"the {name} in the {area}", slots, target.kind, area)
    raise ValueError(f"{target.said} is in no room")


class FollowUps:
    """Draws the turn after a turn."""

    def __init__(self, targets: Targets, actions: Actions, errands: Errands, talk: Talk) -> None:
        self._targets = targets
        self._rng = targets.rng
        self._actions = actions
        self._errands = errands
        self._talk = talk

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def exchange(self, before: Exchange, home: bool) -> Exchange | None:
        """What may be said after `before`; None where nothing is."""
        draw = self._rng.random()
        if before.setting in ASKING:
            return self._told(ASKING[before.setting])
        if draw < 0.06:
            return self._talk.asking("You're welcome.")
        spoken = before.text if home else before.plain or before.text
        if draw < 0.1 and spoken:
            phrase = self._one(
                "what did you say",
                "say that again",
                "repeat that",
                "repeat that please",
                "can you repeat that",
            )
            return Exchange(phrase, spoken, topic="repeat")
        if draw < 0.13 and before.call:
            return self._errands.nevermind()
        kinds = self._kinds(before)
        return self._rng.choice(kinds)(before) if kinds else None

    def _kinds(self, before: Exchange) -> list[Callable[[Exchange], Exchange]]:
        target, setting = before.target, before.setting
        if before.topic == "list" and setting == "item":
            return [self._another_item]
        if before.topic == "get temperature":
            return [self._asked_elsewhere]
        if setting.startswith("temperature:"):
            return [self._other_degrees, *([] if target and not target.area else [self._heated_elsewhere])]
        if before.topic == "volume" and setting:
            return [self._volume]
        if before.topic in ("play", "media") and setting:
            return [self._music, self._volume]
        if not target:
            return []
        if setting.startswith("is:"):
            return [self._done_about]
        if setting == "start":
            return [self._docked]
        if setting in REVERSED:
            kinds = [self._reversed, self._elsewhere, self._another, self._corrected]
            if target.kind == "light":
                kinds += [self._lit]
            return [*kinds, self._halfway] if target.kind == "cover" else kinds
        if setting in ("brightness", "color"):
            return [self._lit, self._lit, self._elsewhere, self._turned_off]
        if setting in ("position", "percentage"):
            return [self._other_number, self._elsewhere]
        return []

    def _it(self, target: Target) -> str:
        return "them" if target.plural else "it"

    def _again(self, before: Exchange, target: Target, phrase: str) -> Exchange:
        """What was done before, to `target`."""
        value = before.value
        if before.setting in ("on", "off"):
            return switched(target, before.setting, phrase)
        if before.setting in REVERSED:
            return moved(target, before.setting, phrase)
        if before.setting == "brightness":
            return brightened(target, int(value), phrase)
        if before.setting == "position":
            return positioned(target, int(value), phrase)
        if before.setting == "percentage":
            return blown(target, int(value), phrase)
        if isinstance(value, int):
            call = Call("HassLightSet", {**target.slots, "temperature": value})
            return Exchange(
                phrase, f"Set {target.said} to {value} kelvin.", call, "", "color", target, "color", value
            )
        return colored(target, str(value), phrase)

    def _elsewhere(self, before: Exchange) -> Exchange:
        assert before.target
        area = self._targets.area(before.target.area)
        try:
            target = moved_to(before.target, area)
        except ValueError:
            return self._another(before)
        forms = (
            f"and in the {area}", f"and the {area}", f"and in the {area} too", f"also in the {area}", f"the {area} too",
            f"the same in the {area}", f"in the {area} as well", f"and now the {area}", f"now the {area}",
            f"do the same in the {area}", f"and in the {area} please",
        )  # fmt: skip
        return self._again(before, target, self._one(*forms))

    def _corrected(self, before: Exchange) -> Exchange:
        assert before.target
        area = self._targets.area(before.target.area)
        try:
            target = moved_to(before.target, area)
        except ValueError:
            return self._reversed(before)
        forms = (
            f"no, the {area}",
            f"no, in the {area}",
            f"I meant the {area}",
            f"no, I meant the {area}",
            f"sorry, the {area}",
        )
        return self._again(before, target, self._one(*forms))

    def _another(self, before: Exchange) -> Exchange:
        if before.setting in ("on", "off"):
            target = self._targets.switchable()
        else:
            target = self._targets.cover() if before.setting in ("open", "close") else self._targets.lock()
        phrase = (
            target.phrase if target.phrase.startswith(("the ", "my ", "all ")) else f"the {target.phrase}"
        )
        phrase = target.phrase if "'s " in target.phrase or target.phrase.endswith("mode") else phrase
        return self._again(
            before, target, self._one(f"and {phrase}", f"{phrase} too", f"also {phrase}", f"no, {phrase}")
        )

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
            return brightened(
                target,
                100,
                self._one(f"make {it} brighter", "brighter", "brighter please", "full brightness"),
            )
        if draw < 0.4:
            return brightened(
                target,
                DIMMED,
                self._one(f"dim {it}", f"make {it} dimmer", "dimmer", "not so bright", "too bright"),
            )
        if draw < 0.7:
            percent = self._actions.percent()
            forms = (
                f"set {it} to {percent}%",
                f"make {it} {percent}%",
                f"{percent}%",
                f"dim {it} to {percent}%",
            )
            return brightened(target, percent, self._one(*forms))
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
        old = before.target.area if before.target else before.setting.partition(":")[2]
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
        other = {
            "on": "off",
            "off": "on",
            "open": "close",
            "closed": "open",
            "locked": "unlock",
            "unlocked": "lock",
        }[state]
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

    def _another_item(self, before: Exchange) -> Exchange:
        item = self._errands.item()
        forms = (
            f"and {item}",
            f"also {item}",
            f"{item} too",
            f"and {item} too",
            f"add {item} too",
            f"and also {item}",
        )
        return self._errands.added(item, self._one(*forms))

    def _volume(self, before: Exchange) -> Exchange:
        step = self._one("up", "down")
        forms = ("a bit louder", "louder", "turn it up", "even louder", "more") if step == "up" else (
            "a bit quieter", "quieter", "turn it down", "even quieter", "less")  # fmt: skip
        call = Call("HassSetVolumeRelative", {"volume_step": step})
        return Exchange(self._one(*forms), f"Volume {step}.", call, "", "volume", None, "volume")

    def _music(self, before: Exchange) -> Exchange:
        phrase, intent, text = self._rng.choice((
            ("pause it", "HassMediaPause", "Okay, pause."), ("stop it", "HassMediaPause", "Okay, pause."),
            ("next", "HassMediaNext", "Okay, next."), ("the next one", "HassMediaNext", "Okay, next."),
            ("go on", "HassMediaUnpause", "Okay, play."), ("go back", "HassMediaPrevious", "Okay, previous."),
        ))  # fmt: skip
        return Exchange(phrase, text, Call(intent), "", "media", None, "media")

    def _told(self, wanted: str) -> Exchange:
        """The answer to a question of nano."""
        if wanted == "item":
            item = self._errands.item()
            return self._errands.added(item, self._one(item, f"{item} please"))
        if wanted == "temperature":
            degrees = self._actions.degrees()
            return heated(
                None, "", degrees, self._one(f"{degrees} degrees", f"{degrees}", f"to {degrees} degrees")
            )
        if wanted == "play":
            what = self._targets.one((*words.MUSIC, *words.ARTISTS), 0.1)
            call = Call("HassMediaSearchAndPlay", {"search_query": what})
            return Exchange(what, f"Okay, playing {what}.", call, "", "play", None, "play", what)
        target = self._targets.switchable() if wanted in ("on", "off") else self._targets.cover()
        phrase = self._one(target.phrase, f"{target.phrase} please")
        return switched(target, wanted, phrase) if wanted in ("on", "off") else moved(target, wanted, phrase)
