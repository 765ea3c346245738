from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from tests.satellite.furnished_room import CALL, FurnishedRoom, StandInEngine, furnished_room, speech
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.engine.errors import EngineBusyError
from wyoming_lfm2.satellite.brains.resident import ResidentBrain
from wyoming_lfm2.satellite.core.happenings import Muted, StopRequested
from wyoming_lfm2.satellite.core.state import State


@asynccontextmanager
async def at_home(engine: StandInEngine) -> AsyncIterator[FurnishedRoom]:
    async with furnished_room(
        lambda timers, clock: ResidentBrain(engine, Settings(), timers, clock=clock)
    ) as room:
        await room.until(lambda: room.satellite.state is State.IDLE, 2)
        yield room


async def test_a_command_is_heard_answered_and_the_answer_heard_in_the_room() -> None:
    engine = StandInEngine()
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        await room.until(lambda: room.loudness(0.2) > 0.01, 2)
        await room.until(lambda: room.satellite.state is State.IDLE)
        assert room.data("transcript") == [{"run": 1, "text": "What is it?"}]
        assert [data["text"] for data in room.data("answer")] == ["The light is on. Sleep well."]
        assert engine.speaker.texts == ["The light is on.", "Sleep well."]
        assert room.names()[-1] == "state"


async def test_the_command_goes_on_from_the_last_one_for_five_minutes() -> None:
    engine = StandInEngine()
    async with at_home(engine) as room:
        for _ in range(2):
            room.say(CALL, speech())
            await room.until(lambda: room.satellite.state is State.SPEAKING)
            await room.until(lambda: room.satellite.state is State.IDLE)
        room.room.now += 301
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        first, second, third = (asked.dialogue for asked in engine.converser.asked)
        assert first == second != third


async def test_a_question_is_replied_to_without_a_wake_word() -> None:
    engine = StandInEngine()
    engine.converser.fragments = ["Which ", "light?"]
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        await room.until(lambda: room.satellite.state is State.LISTENING)
        engine.converser.fragments = ["It is on."]
        await room.wait(0.6)
        room.say(speech())
        await room.until(lambda: len(engine.converser.asked) == 2)
        await room.until(lambda: room.satellite.state is State.IDLE)
        assert len({asked.dialogue for asked in engine.converser.asked}) == 1


async def test_a_timer_is_set_rings_and_is_stopped() -> None:
    engine = StandInEngine()
    engine.words = ["Set a timer", " for twenty seconds."]
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: bool(room.data("timer-started")))
        assert not engine.converser.asked
        await room.until(lambda: room.satellite.state is State.IDLE)
        assert engine.speaker.texts == ["Timer set for twenty seconds."]
        await room.until(lambda: room.satellite.state is State.RINGING, 21)
        await room.wait(4)  # it repeats
        assert room.loudness(2.5) > 0.01
        room.satellite.happen(StopRequested())
        await room.wait(0.5)
        assert room.satellite.state is State.IDLE
        assert room.loudness(0.2) == 0


async def test_the_wake_word_silences_an_answer_and_begins_anew() -> None:
    engine = StandInEngine()
    engine.speaker.frames = 60
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        await room.until(lambda: room.loudness(0.2) > 0.01, 2)
        room.say(CALL)
        await room.until(lambda: room.satellite.state is State.LISTENING, 0.8)
        await room.wait(0.25)
        assert room.loudness(0.1) == 0


async def test_stop_said_over_an_answer_ends_it_and_other_words_do_not() -> None:
    engine = StandInEngine()
    engine.speaker.frames = 120

    async def transcribe(sound: NDArray[np.float32]) -> str:
        return said.pop(0)

    said = ["and that was that", "Stop."]
    async with furnished_room(
        lambda timers, clock: ResidentBrain(engine, Settings(), timers, clock=clock), transcribe=transcribe
    ) as room:
        await room.until(lambda: room.satellite.state is State.IDLE, 2)
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        await room.wait(1.5)
        room.say(speech())
        await room.until(lambda: len(said) == 1, 4)
        await room.wait(0.3)
        assert room.satellite.state is State.SPEAKING
        room.say(speech())
        await room.until(lambda: room.satellite.state is State.IDLE, 4)
        assert not said
        assert room.data("stop")[0]["phrase"] == "Stop."


async def test_nothing_said_after_the_wake_word_ends_without_an_answer() -> None:
    engine = StandInEngine()
    async with at_home(engine) as room:
        room.say(CALL)
        await room.until(lambda: room.satellite.state is State.LISTENING)
        await room.until(lambda: room.satellite.state is State.IDLE, 20)
        assert not engine.converser.asked and not engine.started


async def test_while_muted_nothing_is_heard_and_afterwards_nothing_of_before() -> None:
    engine = StandInEngine()
    async with at_home(engine) as room:
        room.satellite.happen(Muted())
        room.say(CALL, speech())
        await room.wait(3)
        assert room.satellite.state is State.MUTED
        assert not engine.started


async def test_a_model_that_cannot_answer_says_so_and_one_that_fails_is_an_error() -> None:
    engine = StandInEngine()
    engine.converser.chat_unavailable_reason = "It was not made to talk."
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        await room.until(lambda: room.satellite.state is State.IDLE)
        assert "not made to talk" in str(room.data("answer")[0]["text"])
        engine.converser.chat_unavailable_reason, engine.converser.error = (
            "",
            EngineBusyError("the queue is full"),
        )
        room.say(CALL, speech())
        await room.until(lambda: bool(room.data("error")))
        assert room.data("error")[0]["code"] == "busy"
        await room.until(lambda: room.satellite.state is State.IDLE)


async def test_a_model_that_knows_a_home_is_not_left_to_confirm_what_nobody_does() -> None:
    engine = StandInEngine()
    engine.converser.home_prompt = "Answer or call."
    engine.converser.fragments = [
        "<|tool_call_start|>",
        '[HassTurnOn(name="lamp")]',
        "<|tool_call_end|>",
        "Turned on the lamp.",
    ]
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: room.satellite.state is State.SPEAKING)
        await room.until(lambda: room.satellite.state is State.IDLE)
    assert "without Home Assistant" in str(room.data("answer")[0]["text"])
    assert all(asked.grammar for asked in engine.converser.asked)


async def test_a_call_of_a_home_that_is_not_there_is_refused_in_a_sentence() -> None:
    engine = StandInEngine()
    engine.converser.fragments = [
        "<|tool_call_start|>",
        "[HassTurnOn(name='lamp')]",
        "<|tool_call_end|>",
        "Done.",
    ]
    async with at_home(engine) as room:
        room.say(CALL, speech())
        await room.until(lambda: bool(room.data("answer")))
        assert room.data("answer")[0]["text"] == (
            "I can't control the home without Home Assistant. I can answer questions and set timers."
        )
