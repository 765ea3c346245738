"""A player, a brain and a room that do what a machine's actions say, and notice what must never be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wyoming_lfm2.satellite.core import actions, happenings
from wyoming_lfm2.satellite.core.happenings import Happening
from wyoming_lfm2.satellite.core.machine import Machine
from wyoming_lfm2.satellite.core.settings import CoreSettings
from wyoming_lfm2.satellite.core.sounds import Sound, SoundKind
from wyoming_lfm2.satellite.core.state import State

AT_REST = {State.IDLE, State.MUTED, State.OFFLINE, State.DEAF}


class World:
    def __init__(self, settings: CoreSettings | None = None, *, muted: bool = False) -> None:
        self.machine = Machine(settings, muted=muted)
        self.now = 10.0
        self.shown = self.machine.state
        self.playing: Sound | None = None
        self.last_run = 0
        self.running: int | None = None
        """Run that the brain works on."""
        self.heard_by_brain = False
        self.others_ducked = self.playback_ducked = False
        self.begun: list[Sound] = []
        """By the brain."""
        self.reported: Counter[Sound] = Counter()
        self.muted_by = {happenings.MuteSource.PERSON} if muted else set()
        self.remembered_mute = muted
        self.events: list[actions.Notify] = []

    def tell(self, happening: Happening, after: float = 0.0) -> Sequence[actions.Action]:
        self.now += after
        self._take_note(happening)
        done = self.machine.handle(happening, self.now)
        for action in done:
            self._do(action)
        self._check()
        return done

    def wait(self, seconds: float) -> list[actions.Action]:
        """Let time pass, with the deadlines in it."""
        until = self.now + seconds
        done: list[actions.Action] = []
        while (deadline := self.machine.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            done += self.tell(happenings.DeadlinePassed())
        self.now = until
        return done

    def end_sound(self) -> Sequence[actions.Action]:
        assert self.playing is not None
        sound, self.playing = self.playing, None
        return self.tell(happenings.Played(sound))

    def _take_note(self, happening: Happening) -> None:
        match happening:
            case happenings.AnswerSoundStarted(_, sound) | happenings.AnnouncementArrived(sound):
                if sound not in self.begun:
                    self.begun.append(sound)
            case happenings.RunFinished(run) | happenings.RunFailed(run) if run == self.running:
                self.running, self.heard_by_brain = None, False
            case happenings.Muted(source):
                self.muted_by.add(source)
            case happenings.Unmuted(source):
                self.muted_by.discard(source)

    def _do(self, action: actions.Action) -> None:
        match action:
            case actions.StartRun(run):
                assert self.running is None, "two runs at once"
                assert run > self.last_run
                assert not self.muted_by, "listens though it is muted"
                self.last_run = self.running = run
                self.heard_by_brain = True
            case actions.EndAudio(run):
                assert run == self.running and self.heard_by_brain
                self.heard_by_brain = False
            case actions.CancelRun(run):
                assert run == self.running
                self.running, self.heard_by_brain = None, False
            case actions.ShowState(state):
                assert state is not self.shown
                self.shown = state
            case actions.RememberMute(muted):
                self.remembered_mute = muted
            case actions.Notify():
                self.events.append(action)
            case actions.DuckOthers():
                assert not self.others_ducked
                self.others_ducked = True
            case actions.UnduckOthers():
                assert self.others_ducked
                self.others_ducked = False
            case _:
                self._do_sound(action)

    def _do_sound(self, action: actions.Action) -> None:
        match action:
            case actions.PlaySound(sound):
                assert self.playing is None, "two sounds at once"
                assert not self.reported[sound], "played after it was reported"
                self.playing = sound
            case actions.StopSound(sound):
                assert sound == self.playing
                self.playing = None
            case actions.FinishSound(sound):
                assert not self.reported[sound]
            case actions.ReportPlayed(sound):
                assert sound in self.begun
                assert sound != self.playing, "reported while it is heard"
                self.reported[sound] += 1
                assert self.reported[sound] == 1, "reported twice"
            case actions.DuckPlayback():
                assert self.playing is not None and not self.playback_ducked
                self.playback_ducked = True
            case actions.UnduckPlayback():
                assert self.playback_ducked
                self.playback_ducked = False
            case _:
                raise AssertionError(action)

    def _check(self) -> None:
        state = self.machine.state
        assert state is self.shown
        assert not (self.heard_by_brain and self.muted_by), "the brain hears though it is muted"
        assert self.heard_by_brain == (state is State.LISTENING)
        assert (state is State.MUTED) == (bool(self.muted_by) and state in AT_REST)
        if state in AT_REST:
            assert not self.others_ducked
            assert self.running is None
            assert all(self.reported[sound] == 1 for sound in self.begun), "the brain waits for ever"
        kind = self.playing.kind if self.playing else None
        assert (state is State.SPEAKING) == (kind is SoundKind.ANSWER)
        assert (state is State.ANNOUNCING) == (kind is SoundKind.ANNOUNCEMENT)
        assert (state is State.RINGING) == (kind is SoundKind.RING)
        assert self.playing is not None or not self.playback_ducked
        if state in {State.SPEAKING, State.ANNOUNCING, State.RINGING}:
            assert self.others_ducked
