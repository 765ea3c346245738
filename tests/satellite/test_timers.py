from __future__ import annotations

import pytest

from wyoming_lfm2.satellite.timer_requests import TimerRequest, read_timer_request
from wyoming_lfm2.satellite.timers import MOST_TIMERS, HubTimers, LocalTimers, TimerChange


def say(timers: LocalTimers, text: str, now: float) -> str:
    request = read_timer_request(text)
    assert request is not None
    return timers.answer(request, now).text


def test_a_timer_from_its_start_to_its_end() -> None:
    timers = LocalTimers()
    assert say(timers, "set a timer for five minutes", 100.0) == "Timer set for 5 minutes."
    assert timers.next_end == 400.0
    assert say(timers, "how long is left", 160.0) == "The 5 minute timer has 4 minutes left."
    assert timers.finish_due(399.9) == []
    (event,) = timers.finish_due(400.0)
    assert (event.change, event.timer.title) == (TimerChange.FINISHED, "5 minute timer")
    assert timers.next_end is None
    assert say(timers, "cancel the timer", 401.0) == "There is no timer."


def test_several_with_names() -> None:
    timers = LocalTimers()
    assert say(timers, "set a pizza timer for 10 minutes", 0.0) == "Pizza timer set for 10 minutes."
    say(timers, "set a timer for an hour for the laundry", 0.0)
    say(timers, "set a timer for 3 minutes", 0.0)
    assert say(timers, "how long is left", 60.0) == (
        "The 3 minute timer has 2 minutes left. The pizza timer has 9 minutes left. "
        "The laundry timer has 59 minutes left."
    )
    assert say(timers, "cancel the timer", 60.0) == (
        "Which timer: the 3 minute timer, the pizza timer or the laundry timer?"
    )
    assert say(timers, "cancel the pizza timer", 60.0) == "Pizza timer cancelled."
    assert say(timers, "cancel the three minute timer", 60.0) == "3 minute timer cancelled."
    assert say(timers, "cancel the tea timer", 60.0) == "There is no tea timer."
    assert [timer.name for timer in timers.all(60.0)] == ["laundry"]


def test_of_two_alike_the_next_to_end_is_meant() -> None:
    timers = LocalTimers()
    say(timers, "set a timer for 5 minutes", 0.0)
    say(timers, "set a timer for 5 minutes", 10.0)
    say(timers, "cancel the timer", 20.0)
    assert [timer.ends_at for timer in timers.all(20.0)] == [310.0]


def test_a_pause() -> None:
    timers = LocalTimers()
    say(timers, "set a timer for 5 minutes", 0.0)
    say(timers, "pause the timer", 60.0)
    assert timers.next_end is None
    assert timers.finish_due(1000.0) == []
    assert say(timers, "how much time is left", 1000.0) == (
        "The 5 minute timer has 4 minutes left, and is paused."
    )
    say(timers, "pause the timer", 1100.0)
    say(timers, "resume the timer", 2000.0)
    assert timers.next_end == 2240.0


def test_longer_and_shorter() -> None:
    timers = LocalTimers()
    say(timers, "set a timer for 5 minutes", 0.0)
    assert say(timers, "add two minutes to the timer", 60.0) == "The 5 minute timer has 6 minutes left."
    assert timers.next_end == 420.0
    assert say(timers, "take ten minutes off the timer", 60.0) == ""
    (event,) = timers.finish_due(60.0)
    assert event.change is TimerChange.FINISHED


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("set a timer", "For how long? Say for example: set a timer for five minutes."),
        ("set a timer for 200 hours", "That is too long for a timer: a week is the most."),
        ("add a minute to the timer", "There is no timer."),
        ("cancel all timers", "There is no timer."),
        ("how long is left on the egg timer", "There is no timer."),
    ],
)
def test_what_cannot_be_done_is_said(text: str, reply: str) -> None:
    timers = LocalTimers()
    assert say(timers, text, 0.0) == reply
    assert timers.all(0.0) == []


def test_there_is_an_end_to_timers() -> None:
    timers = LocalTimers()
    for _ in range(MOST_TIMERS + 5):
        timers.answer(TimerRequest("HassStartTimer", 60), 0.0)
    assert len(timers.all(0.0)) == MOST_TIMERS
    assert timers.answer(TimerRequest("HassCancelAllTimers"), 0.0).text == f"{MOST_TIMERS} timers cancelled."


def test_home_assistants_timers_are_mirrored() -> None:
    timers = HubTimers()
    timers.started("a", 300.0, "tea", 0.0)
    timers.started("b", 60.0, "", 0.0)
    assert [timer.timer_id for timer in timers.all(10.0)] == ["b", "a"]
    timers.updated("a", 20.0, 10.0, is_active=True)
    assert [timer.left_s(15.0) for timer in timers.all(15.0)] == [15.0, 45.0]
    timers.updated("a", 15.0, 15.0, is_active=False)
    assert timers.all(100.0)[1].left_s(100.0) == 15.0
    event = timers.ended("a", TimerChange.CANCELLED, 100.0)
    assert event.timer.name == "tea"
    assert timers.ended("unknown", TimerChange.FINISHED, 100.0).timer.timer_id == "unknown"
    timers.clear()
    assert timers.all(100.0) == []
