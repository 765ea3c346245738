"""Commands about music, lists, cleaning and announcements, and those that nano cannot carry out and says so."""

from __future__ import annotations

from nano.corpus import words
from nano.corpus.exchange import Call, Exchange, Value
from nano.corpus.fillers import Fillers
from nano.corpus.targets import Targets

LATER = "Sorry, I can only do that now."
TIMERS = "Sorry, I can't set timers."
ALARMS = "Sorry, I can't set an alarm."
REMINDERS = "Sorry, I can't set reminders."
ONE = "One at a time, please."
EVERYTHING = "Sorry, I can't do that for everything."
MESSAGES = "Sorry, I can't send messages."


class Errands:
    """Draws commands."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._rng = targets.rng
        self._fill = Fillers(targets.rng)
        self.kinds = {
            self.listed: 25, self.media: 10, self.play: 14, self.volume: 11, self.vacuum: 8, self.announce: 5,
            self.timer: 12, self.alarm: 5, self.reminder: 5, self.later: 6, self.several: 3, self.nevermind: 2,
        }  # fmt: skip

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def item(self) -> str:
        """What is bought: one thing, sometimes two or three."""
        one, draw = self._targets.one, self._rng.random()
        first, second, third = (one(words.ITEMS, 0.1) for _ in range(3))
        if draw < 0.75:
            return first
        return f"{first} and {second}" if draw < 0.95 else f"{first}, {second} and {third}"

    @staticmethod
    def added(item: str, phrase: str) -> Exchange:
        """Put something on the shopping list."""
        call = Call("HassShoppingListAddItem", {"item": item})
        return Exchange(phrase, f"Added {item}.", call, "", "list", None, "item", item)

    def listed(self) -> Exchange:
        """The shopping list, or another one."""
        if self._rng.random() < 0.75:
            item = self.item()
            forms = (
                f"add {item} to the shopping list", f"add {item} to my shopping list", f"add {item} to my list",
                f"put {item} on the shopping list", f"put {item} on my shopping list", f"add {item} to the list",
                f"add {item} to the grocery list", f"we need {item}", f"buy {item}",
            )  # fmt: skip
            return self.added(item, self._one(*forms))
        task, name = self._targets.one(words.TASKS, 0.1), self._rng.choice(words.LISTS[1:])
        call = Call("HassListAddItem", {"name": name, "item": task})
        phrase = self._one(
            f"add {task} to my {name} list",
            f"put {task} on the {name} list",
            f"add {task} to the {name} list",
        )
        return Exchange(phrase, f"Added {task}.", call, "", "list", None, "task")

    def media(self) -> Exchange:
        """Pause, resume, next, previous."""
        verb, draw = self._one("pause", "resume", "next", "previous"), self._rng.random()
        intent, text = {
            "pause": ("HassMediaPause", "Okay, pause."), "resume": ("HassMediaUnpause", "Okay, play."),
            "next": ("HassMediaNext", "Okay, next."), "previous": ("HassMediaPrevious", "Okay, previous."),
        }[verb]  # fmt: skip
        slots: dict[str, Value] = {}
        what = {
            "pause": ("pause", "pause the music", "stop the music", "pause the movie", "pause the song"),
            "resume": (
                "resume",
                "resume the music",
                "resume the movie",
                "continue the music",
                "unpause the music",
            ),
            "next": (
                "next song",
                "next track",
                "skip this song",
                "play the next song",
                "skip to the next song",
                "skip",
            ),
            "previous": (
                "previous song",
                "previous track",
                "play the previous song",
                "go back to the previous song",
            ),
        }[verb]
        phrase = self._rng.choice(what)
        if draw < 0.3:
            slots["name"] = (player := self._targets.player()).slots["name"]
            phrase = (
                f"{verb} {player.phrase}"
                if verb in ("pause", "resume")
                else f"{verb} song on {player.phrase}"
            )
        elif draw < 0.45:
            slots["area"] = area = self._targets.area()
            phrase = f"{self._rng.choice(what[1:])} in the {area}"
        return Exchange(phrase, text, Call(intent, slots), "", "media", None, "media", known=not slots)

    def play(self) -> Exchange:
        """Search for something and play it."""
        what = self._targets.one((*words.MUSIC, *words.ARTISTS), 0.1)
        draw, slots = self._rng.random(), {"search_query": what}
        phrase, text = f"play {what}", f"Okay, playing {what}."
        if draw < 0.1 and what in words.ARTISTS:
            phrase = f"play some music by {what}"
        elif draw < 0.35:
            slots["area"] = area = self._targets.area()
            phrase, text = f"play {what} in the {area}", f"Okay, playing {what} in the {area}."
        elif draw < 0.6:
            slots["name"] = (player := self._targets.player()).slots["name"]
            phrase, text = f"play {what} on {player.phrase}", f"Okay, playing {what}."
        return Exchange(phrase, text, Call("HassMediaSearchAndPlay", slots), "", "play", None, "play", what)

    def volume(self) -> Exchange:
        """A volume in percent, or up and down, or none."""
        draw, slots, where = self._rng.random(), dict[str, Value](), ""
        if self._rng.random() < 0.3:
            slots["name"] = (player := self._targets.player()).slots["name"]
            where = f"of {player.phrase}"
        elif self._rng.random() < 0.3:
            slots["area"] = area = self._targets.area()
            where = f"in the {area}"
        if draw < 0.45:
            percent = self._rng.randint(0, 100)
            forms = (f"set the volume {where} to {percent}%", f"change the volume {where} to {percent}%")
            call = Call("HassSetVolume", {**slots, "volume_level": percent})
            return Exchange(
                self._one(*forms), f"Set the volume to {percent}%.", call, "", "volume", None, "volume"
            )
        if draw < 0.8:
            step = self._one("up", "down")
            forms = (
                f"turn {step} the volume {where}",
                f"volume {step} {where}",
                f"turn the volume {where} {step}",
            )
            if not where:
                forms += (
                    ("turn it up", "louder", "a bit louder")
                    if step == "up"
                    else ("turn it down", "quieter", "a bit quieter")
                )
            call = Call("HassSetVolumeRelative", {**slots, "volume_step": step})
            return Exchange(
                self._one(*forms), f"Volume {step}.", call, "", "volume", None, "volume", known=not where
            )
        verb, player = self._one("mute", "unmute"), self._targets.player()
        intent = "HassMediaPlayerMute" if verb == "mute" else "HassMediaPlayerUnmute"
        if self._rng.random() < 0.3:
            return Exchange(
                f"{verb} the music",
                f"Mute {'on' if verb == 'mute' else 'off'}.",
                Call(intent),
                "",
                "volume",
                known=True,
            )
        call = Call(intent, {"name": player.slots["name"]})
        return Exchange(
            f"{verb} {player.phrase}", f"Mute {'on' if verb == 'mute' else 'off'}.", call, "", "volume"
        )

    def vacuum(self) -> Exchange:
        """Cleaning and mowing."""
        draw = self._rng.random()
        if draw < 0.4:
            area = self._targets.area()
            phrase = self._one(f"clean the {area}", f"vacuum the {area}", f"vacuum {area}")
            return Exchange(
                phrase,
                f"Cleaning the {area}.",
                Call("HassVacuumCleanArea", {"area": area}),
                "",
                "vacuum",
                None,
                "clean",
            )
        if draw < 0.5:
            if self._rng.random() < 0.5:
                return Exchange(
                    "mow the lawn",
                    "Okay, mowing the lawn.",
                    Call("HassLawnMowerStartMowing"),
                    "",
                    "vacuum",
                    known=True,
                )
            return Exchange(
                "stop mowing the lawn",
                "The mower is going home.",
                Call("HassLawnMowerDock"),
                "",
                "vacuum",
                known=True,
            )
        vacuum = self._targets.vacuum()
        if draw < 0.75:
            phrase = f"{self._one('start', 'run')} {vacuum.phrase}"
            call = Call("HassVacuumStart", vacuum.slots)
            return Exchange(
                phrase,
                f"{vacuum.said[0].upper()}{vacuum.said[1:]} has started.",
                call,
                "",
                "vacuum",
                vacuum,
                "start",
            )
        v, call = vacuum.phrase, Call("HassVacuumReturnToBase", vacuum.slots)
        phrase = self._one(
            f"send {v} home", f"send {v} back to its base", f"send {v} to the dock", f"return {v} to base"
        )
        return Exchange(
            phrase,
            f"{vacuum.said[0].upper()}{vacuum.said[1:]} is going home.",
            call,
            "",
            "vacuum",
            vacuum,
            "dock",
        )

    def announce(self) -> Exchange:
        """Say something in every room."""
        message = self._targets.one(words.MESSAGES)
        phrase = self._one(
            f"announce that {message}",
            f"broadcast {message}",
            f"tell everyone {message}",
            f"announce {message}",
        )
        return Exchange(phrase, "Done.", Call("HassBroadcast", {"message": message}), "", "announce")

    def _duration(self) -> str:
        minutes, seconds = self._fill("minutes"), self._fill("seconds")
        forms = (
            f"{minutes} minutes",
            f"{minutes} minutes",
            f"{seconds} seconds",
            "1 minute",
            "1 hour",
            "half an hour",
        )
        return self._one(*forms, f"{self._fill('hours')} hours", f"{minutes} minutes and {seconds} seconds")

    def timer(self) -> Exchange:
        """Timers need the device that hears."""
        name, duration, minutes = self._fill("timer"), self._duration(), self._fill("minutes")
        forms = (
            f"set a timer for {duration}", f"start a timer for {duration}", f"set a {minutes} minute timer",
            f"{minutes} minute timer", f"set a {name} timer for {duration}", "set a timer", "cancel the timer",
            "stop the timer", f"cancel the {name} timer", "how much time is left", "pause the timer", "cancel all timers",
            f"how much time is left on the {name} timer", f"add {minutes} minutes to the timer", f"resume the {name} timer",
            "how long is left on my timer", f"start a {minutes} minute {name} timer", f"create a timer for {duration}",
        )  # fmt: skip
        return Exchange(self._one(*forms), TIMERS, topic="unable")

    def alarm(self) -> Exchange:
        """Alarms, likewise."""
        clock, day = self._fill("clock"), self._fill("day")
        forms = (
            f"wake me up at {clock}",
            f"set an alarm for {clock}",
            f"set an alarm for {clock} {day}",
            f"cancel my {clock} alarm",
        )
        return Exchange(
            self._one(*forms, "set an alarm", f"wake me up {day} at {clock}"), ALARMS, topic="unable"
        )

    def reminder(self) -> Exchange:
        """Reminders and messages."""
        task, person, when = (
            self._fill("task"),
            self._fill("person"),
            self._one("at " + self._fill("clock"), self._fill("day")),
        )
        if self._rng.random() < 0.3:
            forms = (
                f"call {person}",
                f"send a message to {person}",
                f"tell {person} I'll be late",
                f"text {person}",
            )
            return Exchange(self._one(*forms), MESSAGES, topic="unable")
        forms = (
            f"remind me to {task}",
            f"remind me to {task} {when}",
            f"remind me to buy {self._fill('item')}",
        )
        return Exchange(self._one(*forms), REMINDERS, topic="unable")

    def later(self) -> Exchange:
        """A command for another time would be done at once if its end were not heeded."""
        target, state = self._targets.switchable(), self._one("on", "off")
        command = self._one(
            f"turn {state} {target.phrase}", f"turn {target.phrase} {state}", self._fill("timedcommand")
        )
        when = self._one(f"in {self._duration()}", f"at {self._fill('clock')}", f"in {self._fill('minutes')} minutes",
                         f"for {self._duration()}", "tonight", "tomorrow morning")  # fmt: skip
        return Exchange(f"{command} {when}", LATER, topic="unable")

    def several(self) -> Exchange:
        """One call an answer."""
        first, second, area = self._targets.light(), self._targets.thing(), self._targets.area()
        other = self._targets.area(area)
        state = self._one("on", "off")
        if self._rng.random() < 0.25:
            phrase = self._one(f"turn {state} everything in the {area}", f"turn {state} everything")
            return Exchange(phrase, EVERYTHING, topic="unable")
        forms = (
            f"turn {state} {first.phrase} and {second.phrase}", f"turn {state} the {area} and {other} lights",
            f"turn {state} {second.phrase} and turn off {first.phrase}", f"turn {state} {first.phrase} and play jazz",
            f"open the blinds and turn {state} {first.phrase}",
        )  # fmt: skip
        return Exchange(self._one(*forms), ONE, topic="unable")

    def nevermind(self) -> Exchange:
        """Nothing, after all."""
        phrase = self._one("never mind", "cancel", "cancel that", "forget it", "stop", "stop it")
        return Exchange(phrase, "Okay.", Call("HassNevermind"), "", "nevermind", known=True)
