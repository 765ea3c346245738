"""What is said when nano has asked back, and after music or a list."""

from __future__ import annotations

from nano.corpus.actions import Actions
from nano.corpus.deeds import added, heated, media_done, moved, played, switched, volume_turned
from nano.corpus.errands import Errands
from nano.corpus.exchange import Exchange
from nano.corpus.media import Media
from nano.corpus.targets import Targets

ASKING = {
    "What should I turn on?": "on", "What should I turn off?": "off", "What should I open?": "open",
    "What should I close?": "close", "What do you need?": "item", "What temperature?": "temperature",
    "Say the temperature you want.": "temperature", "What should I play?": "play",
}  # fmt: skip
"""What nano asks back, and what the answer to it is."""


class Replies:
    """Draws them."""

    def __init__(self, targets: Targets, actions: Actions, errands: Errands, media: Media) -> None:
        self._targets = targets
        self._rng = targets.rng
        self._actions, self._errands, self._media = actions, errands, media

    def _one(self, *forms: str) -> str:
        return self._rng.choice(forms)

    def told(self, wanted: str) -> Exchange:
        """The answer to a question of nano: one of the values of `ASKING`."""
        if wanted == "item":
            item = self._errands.item()
            return added(item, self._one(item, f"{item} please"))
        if wanted == "temperature":
            degrees = self._actions.degrees()
            forms = (f"{degrees} degrees", f"{degrees}", f"to {degrees} degrees")
            return heated(None, "", degrees, self._one(*forms))
        if wanted == "play":
            what = self._media.what()
            return played(what, {}, what)
        switching = wanted in ("on", "off")
        target = self._targets.switchable() if switching else self._targets.cover()
        phrase = self._one(target.phrase, f"{target.phrase} please")
        return (switched if switching else moved)(target, wanted, phrase)

    def another_item(self) -> Exchange:
        """One more for the shopping list."""
        item = self._errands.item()
        forms = (
            f"and {item}",
            f"also {item}",
            f"{item} too",
            f"and {item} too",
            f"add {item} too",
            f"and also {item}",
        )
        return added(item, self._one(*forms))

    def volume(self, before: Exchange) -> Exchange:
        """Louder or quieter, or more of what was done `before`."""
        old = before.call.slots.get("volume_step") if before.call else None
        if old is not None and self._rng.random() < 0.3:
            step = "up" if old == "up" or (isinstance(old, int) and old > 0) else "down"
            word = "louder" if step == "up" else "quieter"
            return volume_turned({}, step, self._one("more", "a bit more", f"even {word}"))
        step = self._one("up", "down")
        word = "louder" if step == "up" else "quieter"
        return volume_turned({}, step, self._one(f"a bit {word}", word, f"turn it {step}"))

    def music(self) -> Exchange:
        """Something else with what is playing."""
        phrase, intent = self._rng.choice((
            ("pause it", "HassMediaPause"), ("stop it", "HassMediaPause"), ("next", "HassMediaNext"),
            ("the next one", "HassMediaNext"), ("go on", "HassMediaUnpause"), ("go back", "HassMediaPrevious"),
        ))  # fmt: skip
        return media_done(intent, {}, phrase)
