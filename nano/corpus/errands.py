"""Commands about lists, cleaning and announcements."""

from __future__ import annotations

from nano.corpus import words
from nano.corpus.deeds import added
from nano.corpus.exchange import Call, Exchange
from nano.corpus.targets import Targets


class Errands:
    """Draws commands."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._rng = targets.rng
        self.kinds = {self.listed: 25, self.vacuum: 8, self.announce: 5, self.nevermind: 2}

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def item(self) -> str:
        """What is bought: one thing, sometimes two or three."""
        one, draw = self._targets.one, self._rng.random()
        first, second, third = (one(words.ITEMS, 0.1) for _ in range(3))
        if draw < 0.75:
            return first
        return f"{first} and {second}" if draw < 0.95 else f"{first}, {second} and {third}"

    def listed(self) -> Exchange:
        """The shopping list, or another one."""
        if self._rng.random() < 0.75:
            item = self.item()
            forms = (
                f"add {item} to the shopping list", f"add {item} to my shopping list", f"add {item} to my list",
                f"put {item} on the shopping list", f"put {item} on my shopping list", f"add {item} to the list",
                f"add {item} to the grocery list", f"we need {item}", f"buy {item}",
            )  # fmt: skip
            return added(item, self._one(*forms))
        task, name = self._targets.one(words.TASKS, 0.1), self._rng.choice(words.LISTS[1:])
        call = Call("HassListAddItem", {"name": name, "item": task})
        phrase = self._one(
            f"add {task} to my {name} list",
            f"put {task} on the {name} list",
            f"add {task} to the {name} list",
        )
        return Exchange(phrase, f"Added {task}.", call, "", "list", None, "task")

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

    def nevermind(self, running: bool = False) -> Exchange:
        """Nothing, after all; while something is `running`, in words that do not mean that."""
        stopping = () if running else ("stop", "stop it")
        phrase = self._one("never mind", "cancel", "cancel that", "forget it", *stopping)
        return Exchange(phrase, "Okay.", Call("HassNevermind"), "", "nevermind", known=True)
