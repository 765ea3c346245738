"""The sounds that the state machine knows by number, as sounds of the player."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from wyoming_lfm2.satellite.core.sounds import Sound, SoundKind
from wyoming_lfm2.satellite.sound import player
from wyoming_lfm2.satellite.sound.chimes import CHIME_RATE, chime

_PRIORITIES = {
    SoundKind.RING: player.Priority.ALARM,
    SoundKind.ANNOUNCEMENT: player.Priority.ANNOUNCEMENT,
    SoundKind.ANSWER: player.Priority.ANSWER,
    SoundKind.CHIME: player.Priority.CHIME,
}


class Mouth:
    """Makes, plays and stops them. To be used from one event loop.

    :param on_played: called when the last sample of a sound has been heard; not for one that was stopped.
    :param ring_db: how much louder than the rest a timer rings.
    """

    def __init__(self, out: player.Player, on_played: Callable[[Sound], None], ring_db: float = 0.0) -> None:
        self._player = out
        self._on_played = on_played
        self._ring_db = ring_db
        self._sounds: dict[Sound, player.Sound] = {}
        self._numbers = count()

    def begin(self, kind: SoundKind, rate: int) -> Sound:
        """A sound of the brain that is on its way.

        :param rate: hertz of what is going to be appended.
        """
        sound = Sound(kind, next(self._numbers))
        self._sounds[sound] = player.Sound(_PRIORITIES[kind], rate, self._played(sound))
        return sound

    def append(self, sound: Sound, pcm: bytes) -> None:
        """The next part of it, signed 16 bit mono; ignored if nobody wants it any more."""
        if (playing := self._sounds.get(sound)) is not None:
            playing.append(pcm)

    def finish(self, sound: Sound) -> None:
        """It is complete."""
        if (playing := self._sounds.get(sound)) is not None:
            playing.finish()

    def play(self, sound: Sound) -> None:
        """Begin to play; a ring goes on until it is stopped."""
        if sound.kind is SoundKind.RING:
            self._ring(sound)
        elif sound.chime is not None:
            self._sounds[sound] = self._own(sound, sound.chime.value, self._played(sound))
        self._player.play(self._sounds[sound])

    def stop(self, sound: Sound) -> None:
        """Silence at once."""
        if (playing := self._sounds.pop(sound, None)) is not None:
            self._player.stop(playing)

    def drop(self, sound: Sound) -> None:
        """Forget a sound of the brain that is over, or that nobody is going to hear."""
        self._sounds.pop(sound, None)

    def _played(self, sound: Sound) -> Callable[[bool], None]:
        def told(complete: bool) -> None:
            if complete and self._sounds.pop(sound, None) is not None:
                self._on_played(sound)

        return told

    def _ring(self, sound: Sound) -> None:
        def again(complete: bool) -> None:
            if complete and sound in self._sounds:
                self._ring(sound)
                self._player.play(self._sounds[sound])

        self._sounds[sound] = self._own(sound, "timer", again)

    def _own(self, sound: Sound, name: str, told: Callable[[bool], None]) -> player.Sound:
        gain_db = self._ring_db if sound.kind is SoundKind.RING else 0.0
        made = player.Sound(_PRIORITIES[sound.kind], CHIME_RATE, told, gain_db)
        made.append(chime(name))
        made.finish()
        return made


def chime_s(name: str) -> float:
    """How long a chime sounds, in seconds."""
    return len(chime(name)) / 2 / CHIME_RATE
