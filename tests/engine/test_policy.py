from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.code_sampling import CodeSampler
from wyoming_lfm2.engine.requests.steps import (
    DecodeToken,
    Encode,
    GenerateAudioFrame,
    PrefillTokens,
    Priority,
    Step,
)
from wyoming_lfm2.engine.scheduling.policy import SchedulingPolicy

FRAME = GenerateAudioFrame(np.zeros(1, np.float32), CodeSampler(0, 1, 0))
AUDIO = Encode(np.zeros(1, np.float32))


@dataclass(eq=False)
class Runner:
    step: Step
    listener: PlaybackClock | None
    sequence: Sequence
    priority: Priority = Priority.ANSWER


def hearing(step: Step = AUDIO) -> Runner:
    """A long recording is transcribed."""
    return Runner(step, None, Sequence(0, 0, 0))


def command(step: Step = AUDIO) -> Runner:
    return Runner(step, None, Sequence(0, 0, 0), Priority.COMMAND)


def speaking(lead_s: float, step: Step = FRAME, number: int = 0) -> Runner:
    playback = PlaybackClock(lambda: 0.0)
    playback.add(lead_s)
    return Runner(step, playback, Sequence(number, 0, 0))


def test_a_listener_about_to_hear_nothing_comes_before_hearing() -> None:
    heard, starving = hearing(), speaking(0.1)
    assert SchedulingPolicy().choose([heard, starving]) == [starving]


def test_a_listener_who_has_heard_nothing_yet_comes_before_hearing() -> None:
    heard, new = hearing(), Runner(PrefillTokens((1,)), PlaybackClock(), Sequence(0, 0, 0))
    assert SchedulingPolicy().choose([heard, new]) == [new]


def test_hearing_comes_before_a_listener_with_sound_ahead() -> None:
    heard = hearing()
    assert SchedulingPolicy().choose([speaking(1.0), heard]) == [heard]


def test_the_neediest_listener_is_served_first() -> None:
    prefill = PrefillTokens((1,))
    some, least, plenty = speaking(0.3, prefill), speaking(0.1, prefill), speaking(5, prefill)
    assert SchedulingPolicy().choose([plenty, some, least]) == [least]


def test_hearing_goes_on_beside_listeners_who_are_always_about_to_hear_nothing() -> None:
    turns = SchedulingPolicy()
    heard, starving = hearing(), speaking(0.0)
    chosen = [turns.choose([heard, starving])[0] for _ in range(12)]
    assert chosen == [starving, starving, starving, heard] * 3


def test_a_command_comes_before_a_listener_about_to_hear_nothing_who_gets_every_fourth_step() -> None:
    policy = SchedulingPolicy()
    spoken, starving, rich = command(), speaking(0.0), speaking(9, number=1)
    chosen = [policy.choose([rich, starving, spoken]) for _ in range(8)]
    assert chosen == [[spoken], [spoken], [spoken], [starving]] * 2


def test_a_command_has_every_step_while_listeners_have_sound_ahead() -> None:
    policy = SchedulingPolicy()
    spoken = command()
    assert [policy.choose([speaking(1.0), hearing(), spoken]) for _ in range(9)] == [[spoken]] * 9


def test_frames_of_several_sentences_are_spoken_together_in_the_same_order_each_time() -> None:
    first, second = speaking(0.1, number=0), speaking(1.0, number=1)
    assert SchedulingPolicy().choose([second, first]) == [first, second]
    assert SchedulingPolicy().choose([first, second]) == [first, second]


def test_a_listener_with_plenty_ahead_does_not_slow_down_one_in_need_while_hearing_waits() -> None:
    starving, rich, heard = speaking(0.1, number=0), speaking(9, number=1), hearing()
    assert SchedulingPolicy().choose([rich, heard, starving]) == [starving]
    assert SchedulingPolicy().choose([rich, starving]) == [starving, rich]


def test_speech_that_nobody_waits_for_takes_turns_with_hearing() -> None:
    heard, file = hearing(), Runner(FRAME, None, Sequence(1, 0, 0))
    assert SchedulingPolicy().choose([file, heard]) == [file]
    assert SchedulingPolicy().choose([heard, file]) == [heard]


def test_tokens_are_decoded_together_whoever_wants_them() -> None:
    one, two = hearing(DecodeToken(1)), hearing(DecodeToken(2))
    assert SchedulingPolicy().choose([one, hearing(), two]) == [one, two]
