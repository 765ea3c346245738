"""What a satellite knows of itself, and the few moves that every rule is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core.actions import Action
from wyoming_lfm2.satellite.core.happenings import MuteSource
from wyoming_lfm2.satellite.core.settings import CoreSettings, Listen
from wyoming_lfm2.satellite.core.sounds import Chime, Sound, SoundKind
from wyoming_lfm2.satellite.core.state import State


class Deadline(Enum):
    """What is waited for with a limit."""

    CHIME = "chime"
    """A command in one breath with the wake word."""
    FOLLOW_UP = "follow-up"
    """The first word of a reply."""
    RUN = "run"
    """The brain's next step."""
    RING_END = "ring-end"
    RING_START = "ring-start"
    UNDUCK_PLAYBACK = "unduck-playback"
    RETRY = "retry"


@dataclass
class Run:
    """One command and its answer."""

    number: int
    began: float
    called_until: float
    """When the wake word ended, or the command began without one."""
    chime_due: bool = False
    """Unless the command follows the wake word in one breath."""
    finished: bool = False
    """The brain is done with it."""
    failed: bool = False
    expects_reply: bool = False


class Situation:
    """Everything a rule may look at and change; what is to be done is collected in ``actions``.

    :param muted: somebody had muted the microphone when the satellite last ended.
    """

    def __init__(self, settings: CoreSettings, *, muted: bool) -> None:
        self.settings = settings
        self.now = 0.0
        self.actions: list[Action] = []
        self.doing = State.IDLE
        """IDLE or one of the busy states; :attr:`state` adds what is missing."""
        self.muted_by = {MuteSource.PERSON} if muted else set[MuteSource]()
        self.microphone = False
        self.brain = False
        self.closed = False
        self.speech_since: float | None = None
        """Somebody speaks, since then."""
        self.quiet_after = float("-inf")
        """Our own voice can be heard in the room until then."""
        self.run: Run | None = None
        self.playing: Sound | None = None
        self.waiting: list[Sound] = []
        """To be played later, in this order."""
        self.ringing: dict[str, str] = {}
        """Timers that ring or are about to, with their names."""
        self.deadlines: dict[Deadline, float] = {}
        self.failures = 0
        """In a row."""
        self._others_ducked = False
        self._playback_ducked = False
        self._runs = 0
        self._own_sounds = 0
        self._last_number = {SoundKind.ANSWER: -1, SoundKind.ANNOUNCEMENT: -1}

    @property
    def state(self) -> State:
        """What the lamp shows."""
        if self.doing is not State.IDLE:
            return self.doing
        if self.muted_by:
            return State.MUTED
        if not self.microphone:
            return State.DEAF
        return State.IDLE if self.brain else State.OFFLINE

    def do(self, action: Action) -> None:
        """Have something done."""
        self.actions.append(action)

    def notify(self, event: str, **data: str | int | bool) -> None:
        """Tell the hooks and the control socket."""
        self.do(actions.Notify(event, data))

    def expect(self, deadline: Deadline, seconds: float) -> None:
        """Be told when that much time has passed."""
        self.deadlines[deadline] = self.now + seconds

    def is_new(self, sound: Sound) -> bool:
        """Whether a sound of the brain has not been seen before; from now on it has."""
        if sound.number <= self._last_number[sound.kind]:
            return False
        self._last_number[sound.kind] = sound.number
        return True

    # Sounds

    def play(self, sound: Sound) -> None:
        """Play it at once; what plays is stopped."""
        self.stop_playing()
        self.playing = sound
        self.do(actions.PlaySound(sound))

    def play_own(self, kind: SoundKind, chime: Chime | None = None) -> None:
        """A ring or a chime."""
        self._own_sounds += 1
        self.play(Sound(kind, self._own_sounds, chime))

    def chime(self, chime: Chime) -> None:
        """Play a chime, if it is wanted and nothing more important plays."""
        if chime in self.settings.chimes and (self.playing is None or self.playing.kind is SoundKind.CHIME):
            self.play_own(SoundKind.CHIME, chime)

    def stop_playing(self) -> None:
        """Silence."""
        if self.playing is not None:
            self.do(actions.StopSound(self.playing))
            self.sound_is_over()

    def sound_is_over(self) -> None:
        """What played has been heard, or is not going to be."""
        assert self.playing is not None
        self.unduck_playback()
        if self.playing.is_from_brain:
            self.do(actions.ReportPlayed(self.playing))
        if self.playing.kind is not SoundKind.CHIME:
            self.quiet_after = self.now + self.settings.hold_off_s
        self.playing = None

    def next_answer(self) -> Sound | None:
        """Take the part of the answer that waits longest."""
        for sound in self.waiting:
            if sound.kind is SoundKind.ANSWER:
                self.waiting.remove(sound)
                return sound
        return None

    def end_ring(self) -> None:
        """Silence the timers; what waits is heard now."""
        for timer_id, name in self.ringing.items():
            self.notify("timer-dismissed", timer_id=timer_id, name=name)
        self.ringing.clear()
        self.deadlines.pop(Deadline.RING_END, None)
        self.stop_playing()
        self.rest()

    def finish_brain_sounds(self) -> None:
        """The brain will send no more of what it has begun."""
        for sound in (self.playing, *self.waiting):
            if sound is not None and sound.is_from_brain:
                self.do(actions.FinishSound(sound))

    def drop_waiting(self, unwanted: Callable[[Sound], bool]) -> None:
        """Forget sounds that were to be played later."""
        for sound in filter(unwanted, self.waiting):
            if sound.is_from_brain:
                self.do(actions.ReportPlayed(sound))
        self.waiting = [sound for sound in self.waiting if not unwanted(sound)]

    # Others' loudness and our own

    def duck_others(self) -> None:
        """Music becomes quieter, if it is not."""
        if not self._others_ducked:
            self._others_ducked = True
            self.do(actions.DuckOthers())

    def unduck_others(self) -> None:
        """Music becomes as loud as it was."""
        if self._others_ducked:
            self._others_ducked = False
            self.do(actions.UnduckOthers())

    def duck_playback(self) -> None:
        """Our own sound becomes quieter, for a while."""
        if self.settings.duck_playback and self.playing is not None and not self._playback_ducked:
            self._playback_ducked = True
            self.expect(Deadline.UNDUCK_PLAYBACK, self.settings.longest_playback_duck_s)
            self.do(actions.DuckPlayback())

    def unduck_playback(self) -> None:
        """Our own sound becomes as loud as it was."""
        self.deadlines.pop(Deadline.UNDUCK_PLAYBACK, None)
        if self._playback_ducked:
            self._playback_ducked = False
            self.do(actions.UnduckPlayback())

    # Runs and rest

    def begin_run(
        self,
        audio_from: float,
        *,
        wake_word: str | None = None,
        pipeline: str | None = None,
        follow_up: bool = False,
    ) -> None:
        """Listen to a command; nothing may be going on."""
        assert self.run is None
        assert not self.muted_by
        self._runs += 1
        self.run = Run(self._runs, self.now, audio_from)
        self.doing = State.LISTENING
        self.deadlines.pop(Deadline.RETRY, None)
        if self.settings.listen is not Listen.ALWAYS:
            self.duck_others()
            self.expect(Deadline.RUN, self.settings.longest_listening_s)
        self.notify(
            "listening",
            run=self._runs,
            wake_word=wake_word or "",
            pipeline=pipeline or "",
            follow_up=follow_up,
        )
        self.do(actions.StartRun(self._runs, audio_from, wake_word, pipeline, follow_up))

    def expect_chime(self) -> None:
        """Play the chime that says "speak now", unless somebody speaks before it."""
        assert self.run is not None
        self.run.chime_due = True
        self.expect(Deadline.CHIME, self.settings.chime_after_s)

    def forget_chime(self) -> None:
        """Somebody speaks already."""
        if self.run is not None:
            self.run.chime_due = False
        self.deadlines.pop(Deadline.CHIME, None)

    def forget_run(self) -> None:
        """The brain has ended the run; its sounds that wait are dropped."""
        self.run = None
        for deadline in (Deadline.CHIME, Deadline.FOLLOW_UP, Deadline.RUN):
            self.deadlines.pop(deadline, None)
        self.drop_waiting(lambda sound: sound.kind is SoundKind.ANSWER)

    def cancel_brain_run(self, run: Run) -> None:
        """The brain drops a run, if it is still at it; what it has said may be heard to its end."""
        if not run.finished:
            run.finished = True
            self.do(actions.CancelRun(run.number))

    def cancel_run(self) -> None:
        """End the run, if there is one, and what it says."""
        if self.run is not None:
            self.cancel_brain_run(self.run)
            self.forget_run()
            self.stop_playing()

    def think(self) -> None:
        """The command is complete: wait for what the brain says."""
        assert self.run is not None
        self.doing = State.THINKING
        self.forget_chime()
        self.deadlines.pop(Deadline.FOLLOW_UP, None)
        self.duck_others()
        self.expect(Deadline.RUN, self.settings.longest_thinking_s)

    def rest(self, chime: Chime | None = None) -> None:
        """Nothing is going on: go to what waits, or be idle.

        :param chime: says why, unless something else is to be heard.
        """
        self.doing = State.IDLE
        if self.waiting:
            self.start_waiting()
            return
        self.unduck_others()
        if chime is not None:
            self.chime(chime)
        if self.settings.listen is Listen.ALWAYS and self.state is State.IDLE:
            delay = self.settings.first_retry_s * 2.0 ** min(self.failures - 1, 20) if self.failures else 0.0
            self.expect(Deadline.RETRY, min(delay, self.settings.last_retry_s))

    def start_waiting(self) -> None:
        """Play what waits: a ring before announcements."""
        first = min(self.waiting, key=lambda sound: sound.kind is not SoundKind.RING)
        self.waiting.remove(first)
        self.duck_others()
        ring = first.kind is SoundKind.RING
        self.doing = State.RINGING if ring else State.ANNOUNCING
        self.notify("ringing" if ring else "announcement")
        if ring:
            self.deadlines.pop(Deadline.RING_START, None)
            self.expect(Deadline.RING_END, self.settings.longest_ring_s)
        self.play(first)

    def wait_to_ring(self) -> None:
        """A ring joins what waits."""
        if not any(sound.kind is SoundKind.RING for sound in self.waiting):
            self._own_sounds += 1
            self.waiting.append(Sound(SoundKind.RING, self._own_sounds))
