"""A room with a satellite in it: what is said there is heard by it, and what it says is heard there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests.server.converser_stand_in import StandInConverser
from tests.server.speaker_stand_in import StandInSpeaker
from tests.server.stand_ins import StandInTranscriber, hello
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.satellite.brains.brain import Brain
from wyoming_lfm2.satellite.core.happenings import MicrophoneFound, MicrophoneLost
from wyoming_lfm2.satellite.core.machine import Machine
from wyoming_lfm2.satellite.core.settings import CoreSettings
from wyoming_lfm2.satellite.ears import Ears
from wyoming_lfm2.satellite.echo import Ducking
from wyoming_lfm2.satellite.runtime import Satellite
from wyoming_lfm2.satellite.sound.fake import FakeLoudspeaker, FakeMicrophone, FakeRoom
from wyoming_lfm2.satellite.sound.player import Player
from wyoming_lfm2.satellite.sound.supervisor import SupervisedLoudspeaker, SupervisedMicrophone
from wyoming_lfm2.satellite.stop_phrase import StopPhraseListener, StopPhraseSettings, Transcriber
from wyoming_lfm2.satellite.tapped_output import TappedOutput
from wyoming_lfm2.satellite.timers import LocalTimers
from wyoming_lfm2.satellite.wake_word import Detection

CALL = np.full(16 * 512, 29_000, np.int16)
CALL[-1] = 30_000
"""The wake word, to the ears of :class:`Caller`: half a second, louder than anything else that is said."""

GUARD_S = 60.0


class Caller:
    """A detector that knows the end of one sound, and is as late as a real one."""

    def __init__(self) -> None:
        self._found: list[tuple[float, Detection]] = []

    def feed(self, samples: NDArray[np.int16], captured_at: float) -> Sequence[Detection]:
        for place in np.flatnonzero(samples == CALL[-1]):
            ended_at = captured_at - (len(samples) - 1 - int(place)) / 16_000
            self._found.append((ended_at + 0.12, Detection("hey_room", "hey room", ended_at)))
        due = [detection for at, detection in self._found if at <= captured_at]
        self._found = [(at, detection) for at, detection in self._found if at > captured_at]
        return due

    def scores(self) -> Mapping[str, float]:
        return {}

    def reset(self) -> None:
        self._found = []

    def close(self) -> None:
        pass


class StandInEngine(StandInTranscriber):
    """With a voice and a mind."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ["What", " is", " it?"]
        self.speaker = StandInSpeaker()
        self.speak = self.speaker.speak
        self.converser = StandInConverser()
        self.answer = self.converser.answer
        self.choose = self.converser.choose
        self.converse = self.converser.converse
        self.check_told = self.converser.check_told

    @property
    def info(self) -> EngineInfo:
        mind = self.converser.info
        return replace(
            self.speaker.info,
            chat_unavailable_reason=mind.chat_unavailable_reason,
            home_prompt=mind.home_prompt,
            calls=mind.calls,
        )


class FurnishedRoom:
    """Its clock goes on only when a test waits for something."""

    def __init__(self, room: FakeRoom, satellite: Satellite, timers: LocalTimers) -> None:
        self.room = room
        self.satellite = satellite
        self.timers = timers
        self.events: list[tuple[str, Mapping[str, str | int | bool]]] = []

    def say(self, *sounds: NDArray[np.int16]) -> None:
        for sound in sounds:
            self.room.say(sound)

    async def wait(self, seconds: float) -> None:
        end = self.room.now + seconds
        await self.until(lambda: self.room.now >= end)

    async def until(self, condition: Callable[[], bool], within_s: float = 60.0) -> None:
        """Let time pass until it holds; ``within_s`` is of the room's time."""
        end = self.room.now + within_s
        async with asyncio.timeout(GUARD_S):
            while not condition():
                assert self.room.now < end, f"not within {within_s} s; {self.satellite.state}, {self.events}"
                await self.room.pass_time(0.032)
                await asyncio.sleep(0.001)  # threads need real time

    def names(self) -> list[str]:
        return [event for event, _ in self.events]

    def data(self, event: str) -> list[Mapping[str, str | int | bool]]:
        return [data for name, data in self.events if name == event]

    def loudness(self, seconds: float) -> float:
        """Of what was heard last: root mean square, full scale is 1."""
        if not self.room.heard:
            return 0.0
        heard = np.concatenate(self.room.heard)[-round(seconds * self.room.rate) :] / 32768
        return float(np.sqrt(np.mean(heard**2)))


def speech() -> NDArray[np.int16]:
    return np.frombuffer(hello(), np.int16)


@asynccontextmanager
async def furnished_room(
    make_brain: Callable[[LocalTimers, Callable[[], float]], Brain],
    settings: CoreSettings | None = None,
    transcribe: Transcriber | None = None,
) -> AsyncIterator[FurnishedRoom]:
    room = FakeRoom()
    timers = LocalTimers()
    events: list[tuple[str, Mapping[str, str | int | bool]]] = []
    with ThreadPoolExecutor(1) as executor:
        holder: list[Satellite] = []
        microphone = SupervisedMicrophone(
            lambda: FakeMicrophone(room),
            on_lost=lambda _: holder[0].happen(MicrophoneLost()),
            on_found=lambda: holder[0].happen(MicrophoneFound()),
        )
        output = TappedOutput(SupervisedLoudspeaker(lambda: FakeLoudspeaker(room)), lambda: room.now)
        satellite = Satellite(
            microphone=microphone,
            ears=Ears(Caller(), Ducking()),
            player=Player(output),
            stop_phrases=StopPhraseListener(StopPhraseSettings(), transcribe) if transcribe else None,
            played=output.take,
            brain=make_brain(timers, lambda: room.now),
            machine=Machine(settings),
            timers=timers,
            tell=[lambda event, data: events.append((event, data))],
            clock=lambda: room.now,
            executor=executor,
        )
        holder.append(satellite)
        furnished = FurnishedRoom(room, satellite, timers)
        furnished.events = events
        task = asyncio.create_task(satellite.run())
        try:
            yield furnished
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
