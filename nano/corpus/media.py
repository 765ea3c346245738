"""Commands about music and films."""

from __future__ import annotations

from nano.corpus import words
from nano.corpus.deeds import media_done, played, volume_set, volume_turned
from nano.corpus.exchange import Exchange, Value
from nano.corpus.targets import Targets

_SAID = {
    "HassMediaPause": ("pause", "pause the music", "stop the music", "pause the movie", "pause the song"),
    "HassMediaUnpause": ("resume", "resume the music", "resume the movie", "continue the music", "unpause the music"),
    "HassMediaNext": ("next", "next song", "next track", "skip this song", "play the next song", "skip"),
    "HassMediaPrevious": ("previous song", "previous track", "play the previous song", "go back to the previous song"),
}  # fmt: skip


class Media:
    """Draws commands."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._rng = targets.rng
        self.kinds = {self.media: 10, self.play: 14, self.volume: 9, self.mute: 3}

    def what(self) -> str:
        """What is played."""
        return self._targets.one((*words.MUSIC, *words.ARTISTS), 0.1)

    def media(self) -> Exchange:
        """Pause, resume, next, previous."""
        intent, draw = self._rng.choice(list(_SAID)), self._rng.random()
        phrase = self._rng.choice(_SAID[intent])
        if draw < 0.3:
            player = self._targets.player()
            verb = {"HassMediaPause": "pause", "HassMediaUnpause": "resume"}.get(intent)
            step = "next" if intent == "HassMediaNext" else "previous"
            phrase = f"{verb} {player.phrase}" if verb else f"{step} song on {player.phrase}"
            return media_done(intent, player.slots, phrase)
        if draw < 0.45:
            area = self._targets.area()
            return media_done(intent, {"area": area}, f"{self._rng.choice(_SAID[intent][1:])} in the {area}")
        return media_done(intent, {}, phrase)

    def play(self) -> Exchange:
        """Search for something and play it."""
        what, draw = self.what(), self._rng.random()
        if draw < 0.1 and what in words.ARTISTS:
            return played(what, {}, f"play some music by {what}")
        if draw < 0.35:
            area = self._targets.area()
            return played(what, {"area": area}, f"play {what} in the {area}")
        if draw < 0.6:
            player = self._targets.player()
            return played(what, player.slots, f"play {what} on {player.phrase}")
        return played(what, {}, f"play {what}")

    def volume(self) -> Exchange:
        """A volume in percent, or up and down."""
        place, draw = "", self._rng.random()
        where: dict[str, Value] = {}
        if draw < 0.3:
            player = self._targets.player()
            where, place = dict(player.slots), f"of {player.phrase}"
        elif draw < 0.5:
            where["area"] = area = self._targets.area()
            place = f"in the {area}"
        if self._rng.random() < 0.5:
            percent = self._rng.randint(0, 100)
            return volume_set(
                where, percent, f"{self._rng.choice(('set', 'change'))} the volume {place} to {percent}%"
            )
        step = self._rng.choice(("up", "down"))
        forms = [
            f"turn {step} the volume {place}",
            f"volume {step} {place}",
            f"turn the volume {place} {step}",
        ]
        if not place:
            word = "louder" if step == "up" else "quieter"
            forms += [f"turn it {step}", word, f"a bit {word}"]
        return volume_turned(where, step, self._rng.choice(forms))

    def mute(self) -> Exchange:
        """No sound, and sound again."""
        verb = self._rng.choice(("mute", "unmute"))
        intent = f"HassMediaPlayer{verb.capitalize()}"
        if self._rng.random() < 0.3:
            return media_done(intent, {}, f"{verb} the music")
        player = self._targets.player()
        return media_done(intent, player.slots, f"{verb} {player.phrase}")
