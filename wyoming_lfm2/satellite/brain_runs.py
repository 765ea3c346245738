"""Commands on their way to the brain, and what it answers on its way to the state machine and the loudspeaker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from wyoming_lfm2.satellite.brains import brain as brains
from wyoming_lfm2.satellite.command import Command
from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.sounds import Sound, SoundKind
from wyoming_lfm2.satellite.mouth import Mouth
from wyoming_lfm2.satellite.pre_roll import PreRoll
from wyoming_lfm2.satellite.sound.device import MicrophoneFrame

_LOGGER = logging.getLogger(__name__)

_SoundStep = brains.AudioStart | brains.AudioChunk | brains.AudioStop


class BrainRuns:
    """One run after the other. To be used from one event loop.

    :param happen: is told each step.
    :param hub_finds_wake_word: the brain is to listen for its own wake word at the beginning of each run.
    """

    def __init__(
        self,
        brain: brains.Brain,
        mouth: Mouth,
        pre_roll: PreRoll,
        happen: Callable[[hap.Happening], None],
        *,
        hub_finds_wake_word: bool = False,
    ) -> None:
        self._brain = brain
        self._mouth = mouth
        self._pre_roll = pre_roll
        self._happen = happen
        self._hub_finds_wake_word = hub_finds_wake_word
        self._command: tuple[int, Command] | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._last: asyncio.Task[None] | None = None

    def start(self, action: actions.StartRun) -> None:
        """Begin a run; it waits until the one before has been left."""
        command = Command(self._pre_roll, action.audio_from)
        self._command = (action.run, command)
        called = action.wake_word is not None or action.follow_up
        request = brains.RunRequest(
            action.wake_word,
            action.pipeline,
            action.follow_up,
            hub_finds_wake_word=self._hub_finds_wake_word and not called,
        )
        task = asyncio.create_task(
            self._run(action.run, request, command, self._last), name=f"wyoming-lfm2 run {action.run}"
        )
        self._tasks[action.run] = self._last = task
        task.add_done_callback(lambda _: self._tasks.pop(action.run, None))

    def feed(self, frame: MicrophoneFrame) -> None:
        """Take the microphone's next frame; it goes to the command that is open, if one is."""
        if self._command is not None:
            self._command[1].feed(frame)

    def silence(self, begin: float, end: float) -> None:
        """Our own chime sounds between these times, and is cut out of the command."""
        if self._command is not None:
            self._command[1].silence(begin, end)

    def end_audio(self, run: int) -> None:
        """The brain hears nothing more in this run."""
        if self._command is not None and self._command[0] == run:
            self._command[1].end()
            self._command = None

    def cancel(self, run: int) -> None:
        """Leave a run."""
        self.end_audio(run)
        if (task := self._tasks.get(run)) is not None:
            task.cancel()

    async def close(self) -> None:
        """Leave all of them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def announce(self, events: AsyncIterator[brains.BrainEvent]) -> None:
        """Hand the sounds in a text that is spoken on as announcements."""
        sound: Sound | None = None
        async for event in events:
            if isinstance(event, _SoundStep):
                sound = self.take_sound(event, sound)

    def take_sound(self, event: _SoundStep, sound: Sound | None, run: int | None = None) -> Sound | None:
        """Take a step of a sound of the brain.

        :param sound: the one that goes on, if one does.
        :param run: None: it is an announcement.
        :returns: the sound that goes on.
        """
        if isinstance(event, brains.AudioStart):
            if sound is not None:
                self._mouth.finish(sound)
            kind = SoundKind.ANNOUNCEMENT if run is None else SoundKind.ANSWER
            begun = self._mouth.begin(kind, event.rate)
            self._happen(
                hap.AnnouncementArrived(begun) if run is None else hap.AnswerSoundStarted(run, begun)
            )
            return begun
        if sound is None:
            return None
        if isinstance(event, brains.AudioChunk):
            self._mouth.append(sound, event.pcm)
            return sound
        self._mouth.finish(sound)
        return None

    async def _run(
        self, run: int, request: brains.RunRequest, command: Command, before: asyncio.Task[None] | None
    ) -> None:
        """One command from its first frame to the last chunk of its answer."""
        if before is not None:
            await asyncio.wait([before])
        sound: Sound | None = None
        try:
            async with aclosing(self._brain.run(request, command.frames())) as events:
                async for event in events:
                    sound = self._take_step(run, event, sound)
        except brains.BrainError as error:
            self._happen(hap.RunFailed(run, error.text, error.code))
        except Exception:
            _LOGGER.exception("A mistake in the satellite; the command is lost")
            self._happen(hap.RunFailed(run, "Internal error", "internal"))
        finally:
            if sound is not None:
                self._mouth.finish(sound)
            command.end()

    def _take_step(self, run: int, event: brains.BrainEvent, sound: Sound | None) -> Sound | None:
        match event:
            case brains.SpeechEnded():
                self._happen(hap.SpeechEnded(run))
            case brains.Transcript(text=text):
                self._happen(hap.TranscriptArrived(run, text))
            case brains.AnswerText(text=text):
                self._happen(hap.AnswerTextArrived(run, text))
            case brains.Finished(expects_reply=expects_reply):
                self._happen(hap.RunFinished(run, expects_reply))
            case _:
                return self.take_sound(event, sound, run)
        return sound
