"""Questions about the home, the clock and the world outside, and what nano can know of them.

How things are in the home is asked of Home Assistant where there is home control; nano itself cannot see it. The time
and the date stand in a note before the question, see ``wyoming_lfm2.server.conversation_context``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from nano.corpus import words
from nano.corpus.exchange import Call, Exchange, Value
from nano.corpus.fillers import Fillers
from nano.corpus.targets import Targets

UNSEEN = "Sorry, I can't see that from here."
WEATHER = "Sorry, I don't know the weather."
CALENDAR = "Sorry, I don't know your calendar."
LISTS = "Sorry, I can't see your list."
NEWS = "Sorry, I don't know the news."
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def some_time(rng: random.Random) -> datetime:
    """A minute of the years 2026 to 2029."""
    # Without a time zone: it is what a clock on the wall shows.
    first = datetime(2026, 1, 1)  # noqa: DTZ001
    return first + timedelta(minutes=rng.randrange(4 * 365 * 24 * 60))


def _asked(phrase: str, topic: str, slots: dict[str, Value], intent: str = "HassGetState") -> Exchange:
    # Without text: Home Assistant knows the answer, nano does not.
    return Exchange(phrase, "", Call(intent, slots), UNSEEN, topic)


def measured(area: str, phrase: str) -> Exchange:
    """The temperature, of a room or of where one is."""
    call = Call("HassClimateGetTemperature", {"area": area} if area else {})
    return Exchange(phrase, "", call, UNSEEN, "get temperature", None, "get temperature", area)


@dataclass(frozen=True)
class ClockQuestion:
    """Asks for the time or the date."""

    phrase: str
    kind: str

    def exchange(self, now: datetime) -> Exchange:
        """The answer when it is `now`; the note is not part of the question."""
        half = "AM" if now.hour < 12 else "PM"
        clock = f"{now.hour % 12 or 12}:{now.minute:02} {half}"
        day = {"day": 0, "tomorrow": 1, "yesterday": -1}
        if self.kind == "time":
            text = f"It's {clock}."
        elif self.kind == "date":
            text = f"Today is {_DAYS[now.weekday()]}, {words.MONTHS[now.month - 1]} {now.day}."
        elif self.kind in day:
            verb = {"day": "Today is", "tomorrow": "It will be", "yesterday": "It was"}[self.kind]
            text = f"{verb} {_DAYS[(now.weekday() + day[self.kind]) % 7]}."
        elif self.kind == "month":
            text = f"It's {words.MONTHS[now.month - 1]}."
        else:
            text = f"It's {now.year}."
        return Exchange(self.phrase, text, topic="clock")


_CLOCK = {
    "time": ("what time is it", "what time is it", "what time is it now", "what's the time", "what is the time",
             "tell me the time", "what's the current time", "do you know what time it is", "what time is it right now"),
    "date": ("what's the date", "what's the date today", "what is the date", "what is today's date", "what date is it",
             "tell me the date", "what's today's date"),
    "day": ("what day is it", "what day is it today", "what day is today", "which day is it"),
    "tomorrow": ("what day is tomorrow", "what day is it tomorrow"),
    "yesterday": ("what day was yesterday", "what day was it yesterday"),
    "month": ("what month is it", "which month is it"),
    "year": ("what year is it", "which year is it"),
}  # fmt: skip


class Questions:
    """Draws questions; those for the clock are `ClockQuestion`."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._rng = targets.rng
        self._fill = Fillers(targets.rng)
        self.kinds = {
            self.state: 22, self.lights: 10, self.temperature: 14, self.sensor: 8, self.person: 7, self.weather: 10,
            self.unknown: 8,
        }  # fmt: skip

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def clock(self) -> ClockQuestion:
        """The time or the date."""
        kind = self._rng.choices(tuple(_CLOCK), (40, 20, 14, 7, 5, 5, 5))[0]
        return ClockQuestion(self._rng.choice(_CLOCK[kind]), kind)

    def state(self) -> Exchange:
        """Whether something is on, open or locked."""
        draw = self._rng.random()
        if draw < 0.5:
            target = self._targets.switchable()
            while "name" not in target.slots:
                target = self._targets.switchable()
            states = ("on", "off")
        elif draw < 0.75:
            target, states = self._targets.cover(), ("open", "closed")
        else:
            target, states = self._targets.lock(), ("locked", "unlocked")
        state = self._one(*states)
        phrase = f"{'are' if target.plural else 'is'} {target.with_article} {state}"
        call = Call("HassGetState", {**target.slots, "state": state})
        return Exchange(phrase, "", call, UNSEEN, "get state", target, f"is:{state}")

    def lights(self) -> Exchange:
        """Which of several are on."""
        kind, state, area = self._one("light", "light", "fan"), self._one("on", "on", "off"), ""
        slots: dict[str, Value] = {"domain": kind, "state": state}
        if self._rng.random() < 0.7:
            area = self._targets.area()
            slots["area"] = area
        where = f"in the {area}" if area else ""
        forms = (
            f"are any {kind}s {state} {where}", f"are the {kind}s {state} {where}", f"which {kind}s are {state} {where}",
            f"how many {kind}s are {state} {where}", f"are all the {kind}s {state} {where}",
            f"are there any {kind}s {state} {where}",
        )  # fmt: skip
        return _asked(self._one(*forms), "get state", slots)

    def temperature(self) -> Exchange:
        """How warm it is."""
        if self._rng.random() < 0.75:
            area = self._targets.area()
            forms = (
                f"what's the temperature in the {area}", f"what is the temperature in the {area}",
                f"how warm is it in the {area}", f"how cold is it in the {area}", f"what's the {area} temperature",
                f"how hot is it in the {area}", f"tell me the temperature in the {area}",
            )  # fmt: skip
            return measured(area, self._one(*forms))
        return measured(
            "",
            self._one(
                "what's the temperature",
                "what is the temperature",
                "how warm is it",
                "how cold is it in here",
            ),
        )

    def sensor(self) -> Exchange:
        """What something measures."""
        sensor, area = self._targets.one(words.SENSORS[1:]), self._targets.area()
        if self._rng.random() < 0.5:
            phrase = self._one(f"what is the {area} {sensor}", f"what's the {area} {sensor}")
            return _asked(phrase, "get state", {"name": f"{area} {sensor}"})
        phrase = self._one(f"what is the {sensor} in the {area}", f"what's the {sensor} in the {area}")
        return _asked(phrase, "get state", {"name": sensor, "area": area})

    def person(self) -> Exchange:
        """Where somebody is."""
        person, draw = self._targets.one(words.PEOPLE), self._rng.random()
        if draw < 0.45:
            return _asked(
                self._one(f"where is {person}", f"where's {person}"),
                "get state",
                {"name": person, "domain": "person"},
            )
        if draw < 0.8:
            slots: dict[str, Value] = {"name": person, "domain": "person", "state": "home"}
            return _asked(self._one(f"is {person} home", f"is {person} at home"), "get state", slots)
        return _asked(
            self._one("who is home", "who is at home", "is anyone home"),
            "get state",
            {"domain": "person", "state": "home"},
        )

    def weather(self) -> Exchange:
        """The weather, which Home Assistant may know for where it is and for now."""
        moment, city = self._fill("moment"), self._fill("city")
        if self._rng.random() < 0.35:
            forms = (
                "what's the weather",
                "what's the weather like",
                "what is the weather",
                "how is the weather",
            )
            call = Call("HassGetWeather")
            return Exchange(self._one(*forms), "", call, WEATHER, "weather", known=True)
        forms = (
            f"what's the weather like {moment}", f"will it rain {moment}", f"how cold will it be {moment}",
            f"is it going to snow {moment}", f"do I need an umbrella {moment}", f"what's the weather in {city}",
            f"what's the forecast for {self._fill('day')}", f"will it be sunny in {city} {moment}", "is it raining",
        )  # fmt: skip
        return Exchange(self._one(*forms), WEATHER, topic="weather")

    def unknown(self) -> Exchange:
        """The calendar, the news, lists: what nano has no access to."""
        draw, moment = self._rng.random(), self._fill("moment")
        if draw < 0.4:
            forms = (
                f"what's on my calendar {moment}", "when is my next appointment", f"do I have any appointments {moment}",
                f"what do I have planned {moment}", f"am I busy {moment}", "what's my schedule",
            )  # fmt: skip
            return Exchange(self._one(*forms), CALENDAR, topic="unknown")
        if draw < 0.75:
            name = self._fill("list")
            forms = (f"what's on my {name} list", f"what is on the {name} list", f"read my {name} list",
                     f"is {self._fill('item')} on the shopping list")  # fmt: skip
            return Exchange(self._one(*forms), LISTS, topic="unknown")
        return Exchange(
            self._one(
                "what's the news", "what's in the news", "tell me the news", f"what's the news {moment}"
            ),
            NEWS,
            topic="unknown",
        )
