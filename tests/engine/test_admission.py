"""Who is begun next, with a model that is a stand-in: a command never waits for speech, and speech not for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.engine.scheduler_bench import AUDIO, Bench, Script
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.code_sampling import CodeSampler
from wyoming_lfm2.engine.requests.steps import DecodeToken, GenerateAudioFrame, Priority, Step
from wyoming_lfm2.engine.scheduling.admission import SpeechPace

COMMAND, ANSWER, SPEECH = Priority.COMMAND, Priority.ANSWER, Priority.SPEECH


@pytest.fixture
def slow() -> Iterator[Bench]:
    """Four sequences and ten rows, of which a command takes two."""
    bench = Bench(sequences=4)
    yield bench
    bench.model.gate.set()
    assert bench.scheduler.close(60)


@pytest.fixture
def four(slow: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The same on a machine so quick that any number of sentences keeps real time."""
    monkeypatch.setattr(slow.scheduler._waiting.pace, "has_room", lambda _: True)
    return slow


def frame(number: int) -> GenerateAudioFrame:
    return GenerateAudioFrame(np.full(1, number, np.float32), CodeSampler(0, 1, 0))


def sentence(*steps: Step, rows: int = 1, listener: PlaybackClock | None = None) -> Script:
    return Script(list(steps) or [AUDIO] * 100, rows=rows, listener=listener, priority=SPEECH)


def steps_before_a_command(bench: Bench, *scripts: Script) -> int:
    """How many steps are carried out after a command was submitted, while ``scripts`` are there already."""
    clients = [bench.submit(script)[1] for script in scripts]
    assert bench.model.arrived.acquire(timeout=60)
    clients.append(bench.submit(Script([DecodeToken(77)], rows=2))[1])
    bench.model.gate.set()
    assert all(client.done.wait(60) and client.error is None for client in clients)
    return bench.model.turns.index([DecodeToken(77)])


def order(*scripts: Script) -> list[int]:
    """The numbers of one-token scripts in the order in which they get the one sequence that there is."""
    bench = Bench(sequences=1, most_requests=100)
    clients = [bench.submit(Script([AUDIO]))[1]]
    assert bench.model.arrived.acquire(timeout=60)
    clients += [bench.submit(script)[1] for script in scripts]
    bench.model.gate.set()
    assert all(client.done.wait(60) and client.error is None for client in clients)
    assert bench.scheduler.close(60)
    return [step.token for turn in bench.model.turns for step in turn if isinstance(step, DecodeToken)]


def token(number: int, priority: Priority, listener: PlaybackClock | None = None) -> Script:
    return Script([DecodeToken(number)], priority=priority, listener=listener)


def test_a_command_gets_a_sequence_while_more_want_to_speak_than_there_are_sequences(four: Bench) -> None:
    assert steps_before_a_command(four, *(sentence() for _ in range(7))) <= 2


def test_a_command_gets_rows_while_sentences_would_take_them_all(four: Bench) -> None:
    assert steps_before_a_command(four, sentence(rows=5), sentence(rows=5)) <= 2


def test_a_command_gets_a_sequence_beside_speech_and_answers(four: Bench) -> None:
    answers = [Script([AUDIO] * 50, priority=ANSWER) for _ in range(3)]
    assert steps_before_a_command(four, *(sentence() for _ in range(4)), *answers) <= 2


def test_an_answer_gets_a_sequence_beside_speech(four: Bench) -> None:
    four.model.gate.set()
    spoken = [four.submit(sentence(*[AUDIO] * 10_000))[1] for _ in range(4)]
    _, answer = four.submit(Script([AUDIO], priority=ANSWER))
    assert answer.done.wait(60)
    assert not any(client.done.is_set() for client in spoken)


def test_those_that_wait_are_begun_by_priority_and_as_they_came() -> None:
    kinds = [SPEECH, ANSWER, COMMAND, SPEECH, ANSWER, COMMAND]
    assert order(*(token(n, kind) for n, kind in enumerate(kinds))) == [2, 5, 1, 4, 0, 3]


def test_what_was_overtaken_often_enough_is_next() -> None:
    assert order(token(0, SPEECH), *(token(n, COMMAND) for n in range(1, 12))) == [*range(1, 9), 0, 9, 10, 11]


def test_whoever_is_about_to_run_dry_comes_before_who_has_heard_nothing_and_who_has_enough_comes_after() -> (
    None
):
    dry, new, enough = (PlaybackClock(lambda: 0.0) for _ in range(3))
    dry.add(0.5)
    enough.add(30)
    assert order(token(0, SPEECH, enough), token(1, SPEECH, new), token(2, SPEECH, dry)) == [2, 1, 0]


def test_a_sentence_too_long_to_leave_room_for_a_command_is_spoken_when_nothing_else_is_here(
    bench: Bench,
) -> None:
    _, first = bench.submit(Script([AUDIO]))
    assert bench.model.arrived.acquire(timeout=60)
    _, long = bench.submit(sentence(DecodeToken(1), rows=9))
    _, other = bench.submit(Script([DecodeToken(2)]))
    bench.model.gate.set()
    assert all(client.done.wait(60) for client in (first, long, other))
    assert bench.model.turns == [[AUDIO], [DecodeToken(2)], [DecodeToken(1)]]


@pytest.mark.parametrize(("frame_s", "sentences"), [(0.2, 1), (0.04, 2), (0.02, 5)])
def test_only_as_many_sentences_are_spoken_at_once_as_keep_real_time(frame_s: float, sentences: int) -> None:
    pace = SpeechPace()
    pace.note(1, frame_s)
    speaking = 0
    while pace.has_room(speaking):
        speaking += 1
    assert speaking == sentences


def test_the_pace_follows_a_machine_that_becomes_slow_and_quick_again() -> None:
    pace = SpeechPace()
    assert pace.has_room(0)
    assert not pace.has_room(1), "nothing is known before the first audio frame"
    for frame_s, room in ((0.02, True), (0.2, False), (0.02, True)):
        for _ in range(50):
            pace.note(1, frame_s)
        assert pace.has_room(1) is room


def test_a_second_sentence_waits_where_two_would_stutter(slow: Bench) -> None:
    """The stand-in's first audio frame lasts as long as the gate is closed: far longer than it plays."""
    first = slow.submit(sentence(*(frame(n) for n in range(5))))[1]
    assert slow.model.arrived.acquire(timeout=60)
    second = slow.submit(sentence(frame(9)))[1]
    time.sleep(0.3)
    slow.model.gate.set()
    assert first.done.wait(60)
    assert second.done.wait(60)
    spoken = [
        [step.row[0] for step in turn if isinstance(step, GenerateAudioFrame)] for turn in slow.model.turns
    ]
    assert spoken == [[0], [1], [2], [3], [4], [9]]
