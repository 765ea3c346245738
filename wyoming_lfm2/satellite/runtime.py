"""A satellite at work: happenings go into the state machine, and what it decides is done.

Everything of the satellite meets here: the microphone's frames, what is heard in them, the brain, the player, the
timers, and whoever is told. What to do when is not decided here but in ``core``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.brain_runs import BrainRuns
from wyoming_lfm2.satellite.brains import brain as brains
from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.machine import Machine
from wyoming_lfm2.satellite.core.sounds import Sound
from wyoming_lfm2.satellite.core.state import State
from wyoming_lfm2.satellite.ears import Ears, Played
from wyoming_lfm2.satellite.mouth import Mouth, chime_s
from wyoming_lfm2.satellite.pre_roll import PreRoll
from wyoming_lfm2.satellite.sound.device import MicrophoneFrame
from wyoming_lfm2.satellite.sound.player import Player
from wyoming_lfm2.satellite.stop_phrase import StopPhraseListener
from wyoming_lfm2.satellite.timers import LocalTimers, TimerChange, TimerEvent
from wyoming_lfm2.satellite.wake_word import WakeWordDetector

_LOGGER = logging.getLogger(__name__)

_ECHO_S = 0.15
"""A room answers to a chime for so long."""


class Frames(Protocol):
    """A microphone that never fails; ``SupervisedMicrophone`` is one."""

    def frames(self) -> AsyncIterator[MicrophoneFrame]:
        """What is heard, for ever."""
        ...


Listener = Callable[[str, Mapping[str, str | int | bool]], None]
"""Is told events with their data; never waits and never raises."""


class Satellite:
    """One microphone, one loudspeaker, one brain. To be used from one event loop.

    :param timers: the satellite's own; they ring here.
    :param tell: hooks, the control socket and the like.
    :param remember_mute: keeps over a restart whether a person has muted the microphone.
    :param hub_finds_wake_word: the brain is to listen for its own wake word at the beginning of each run.
    :param stop_phrases: None: only wake words and buttons stop an answer.
    :param played: what the loudspeaker was given since it was asked last.
    :param beside: works as long as the satellite does.
    :param clock: seconds, of the clock of the microphone's frames.
    :param executor: one thread in which frames are judged.
    """

    def __init__(
        self,
        *,
        microphone: Frames,
        ears: Ears,
        player: Player,
        brain: brains.Brain,
        machine: Machine,
        timers: LocalTimers,
        tell: Sequence[Listener] = (),
        remember_mute: Callable[[bool], None] = lambda _: None,
        ring_db: float = 0.0,
        hub_finds_wake_word: bool = False,
        stop_phrases: StopPhraseListener | None = None,
        played: Callable[[], Sequence[Played]] = tuple,
        beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
        clock: Callable[[], float] = time.monotonic,
        executor: Executor | None = None,
    ) -> None:
        self._microphone = microphone
        self.ears = ears
        self._player = player
        self._brain = brain
        self._machine = machine
        self._timers = timers
        self._tell = list(tell)
        self._remember_mute = remember_mute
        self._stop_phrases = stop_phrases
        self._judging: asyncio.Task[None] | None = None
        self._played = played
        self._beside = beside
        self._clock = clock
        self._executor = executor or ThreadPoolExecutor(1, "wyoming-lfm2-ears")
        self._mouth = Mouth(player, lambda sound: self.happen(hap.Played(sound)), ring_db)
        self._pre_roll = PreRoll()
        self._happenings: deque[hap.Happening] = deque()
        self._handling = False
        self._deaf = False
        self._runs = BrainRuns(
            brain, self._mouth, self._pre_roll, self.happen, hub_finds_wake_word=hub_finds_wake_word
        )
        self._changed = asyncio.Event()

    @property
    def state(self) -> State:
        """What it is doing."""
        return self._machine.state

    @property
    def muted(self) -> bool:
        """Whether what the microphone brings is not used."""
        return self._machine.muted

    @property
    def player(self) -> Player:
        """Its loudspeaker."""
        return self._player

    async def run(self) -> None:
        """Work until cancelled; then everything is left as it was found."""
        self._player.start()
        await self._brain.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (self._listen, self._watch_time, self._hear_brain, *self._beside):
                    tasks.create_task(work(), name=f"wyoming-lfm2 satellite {work.__name__.strip('_')}")
        finally:
            self.happen(hap.ShutdownRequested())
            await self._runs.close()
            if self._judging is not None:
                self._judging.cancel()
                await asyncio.gather(self._judging, return_exceptions=True)
            await self._brain.close()
            await self._player.close()
            self._executor.shutdown()

    def happen(self, happening: hap.Happening) -> None:
        """Something has happened: do what follows from it. May be called from what is done."""
        self._happenings.append(happening)
        if self._handling:
            return
        self._handling = True
        try:
            while self._happenings:
                next_one = self._happenings.popleft()
                for action in self._machine.handle(next_one, self._clock()):
                    try:
                        self._do(action)
                    except Exception:
                        _LOGGER.exception("A mistake in the satellite; it goes on")
        finally:
            self._handling = False
            self._changed.set()

    async def replace_wake_words(self, detector: WakeWordDetector) -> None:
        """Listen with another detector from the next frame on; the old one is closed."""
        old, self.ears.wake_words = self.ears.wake_words, detector
        await asyncio.get_running_loop().run_in_executor(self._executor, old.close)

    async def say(self, text: str) -> None:
        """Speak a text as an announcement, if the brain can; returns when its sound is complete.

        :raises BrainError: it cannot.
        """
        speak = getattr(self._brain, "speak", None)
        if speak is None:
            raise brains.BrainError(f"{self._brain.name} does not speak texts on request")
        async with aclosing(speak(text)) as events:
            await self._runs.announce(events)

    # The microphone

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        async for frame in self._microphone.frames():
            self._check_deadlines()
            if self._machine.muted:
                self._forget_what_was_heard()
                continue
            self._deaf = False
            self._pre_roll.add(frame.samples, frame.captured_at)
            self._runs.feed(frame)
            heard = await loop.run_in_executor(self._executor, self.ears.hear, frame, self._played())
            if self._stop_phrases is not None:
                self._stop_phrases.add(heard.samples, frame.captured_at)
            for happening in heard.happenings:
                self._listen_for_stop(happening)
                self.happen(self._refined(happening))

    def _listen_for_stop(self, happening: hap.Happening) -> None:
        if self._stop_phrases is None or not isinstance(happening, hap.SpeechStarted | hap.SpeechStopped):
            return
        sound = self._stop_phrases.speech(happening)
        if sound is not None and self._machine.stop_phrase_wanted and self._judging is None:
            self._judging = asyncio.create_task(self._judge(sound), name="wyoming-lfm2 stop phrase")

    async def _judge(self, sound: NDArray[np.float32]) -> None:
        assert self._stop_phrases is not None
        try:
            found = await self._stop_phrases.judge(sound)
        finally:
            self._judging = None
        if found is not None and self._machine.stop_phrase_wanted:
            self.happen(found)

    def _refined(self, heard: hap.Happening) -> hap.Happening:
        """A wake word ends where it is quietest, near to where the network thinks that it ended."""
        if isinstance(heard, hap.WakeWordHeard):
            ended_at = self._pre_roll.quiet_moment(heard.ended_at)
            return hap.WakeWordHeard(heard.wake_word, ended_at, heard.pipeline)
        return heard

    def _forget_what_was_heard(self) -> None:
        if not self._deaf:
            self._deaf = True
            self._pre_roll.clear()
            for ended in self.ears.reset():
                self.happen(ended)

    # Time

    def _check_deadlines(self) -> None:
        now = self._clock()
        if (deadline := self._machine.deadline) is not None and deadline <= now:
            self.happen(hap.DeadlinePassed())
        if (end := self._timers.next_end) is not None and end <= now:
            for event in self._timers.finish_due(now):
                self._timer_changed(event)

    async def _watch_time(self) -> None:
        """The frames would do, if the microphone never failed."""
        while True:
            self._changed.clear()
            self._check_deadlines()
            due = [at for at in (self._machine.deadline, self._timers.next_end) if at is not None]
            wait_s = max(min(due) - self._clock(), 0.01) if due else None
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    # The brain

    async def _hear_brain(self) -> None:
        sound: Sound | None = None
        async for event in self._brain.unasked():
            match event:
                case brains.Availability(available=available):
                    name = self._brain.name
                    self.happen(hap.BrainAvailable(name) if available else hap.BrainLost())
                case brains.HubMute(muted=muted):
                    source = hap.MuteSource.HUB
                    self.happen(hap.Muted(source) if muted else hap.Unmuted(source))
                case TimerEvent():
                    self._timer_changed(event)
                case _:
                    sound = self._runs.take_sound(event, sound)

    def _timer_changed(self, event: TimerEvent) -> None:
        timer = event.timer
        left = max(0, round(timer.left_s(self._clock())))
        if event.change is TimerChange.FINISHED:
            self.happen(hap.TimerFinished(timer.timer_id, timer.name))
            return
        self._publish(
            event.change.value,
            {
                "timer_id": timer.timer_id,
                "name": timer.name,
                "seconds_left": left,
                "active": timer.paused_at is None,
            },
        )
        if event.change is TimerChange.CANCELLED:
            self.happen(hap.TimerCancelled(timer.timer_id))

    # What the state machine wants

    def _do(self, action: actions.Action) -> None:  # noqa: C901, PLR0912 - one case an action
        match action:
            case actions.StartRun():
                self._runs.start(action)
            case actions.EndAudio(run=run):
                self._runs.end_audio(run)
            case actions.CancelRun(run=run):
                self._runs.cancel(run)
            case actions.PlaySound(sound=sound):
                self._mouth.play(sound)
                self._keep_chime_out(sound)
            case actions.StopSound(sound=sound):
                self._mouth.stop(sound)
            case actions.FinishSound(sound=sound):
                self._mouth.finish(sound)
            case actions.ReportPlayed(sound=sound):
                self._mouth.drop(sound)
                self._brain.played()
            case actions.DuckPlayback():
                self._player.duck()
            case actions.UnduckPlayback():
                self._player.unduck()
            case actions.DuckOthers():
                self._publish("duck", {})
            case actions.UnduckOthers():
                self._publish("unduck", {})
            case actions.ShowState(state=state):
                _LOGGER.debug("Now %s", state.value)
                self._publish("state", {"state": state.value})
            case actions.RememberMute(muted=muted):
                self._remember_mute(muted)
            case actions.Notify(event=event, data=data):
                self._publish(event, data)

    def _keep_chime_out(self, sound: Sound) -> None:
        """A command may be being recorded, and what this chime is in it is known."""
        if sound.chime is not None:
            now = self._clock()
            self._runs.silence(now, now + chime_s(sound.chime.value) + _ECHO_S)

    def _publish(self, event: str, data: Mapping[str, str | int | bool]) -> None:
        for listener in self._tell:
            listener(event, data)
