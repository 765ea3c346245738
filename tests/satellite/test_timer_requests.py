from __future__ import annotations

import pytest

from wyoming_lfm2.intents.definitions import INTENTS
from wyoming_lfm2.satellite.spoken_durations import find_duration, number_in, say_duration
from wyoming_lfm2.satellite.timer_requests import (
    TIMER_INTENTS,
    TimerRequest,
    read_timer_request,
    timer_request_of_call,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("five minutes", 300),
        ("5 min", 300),
        ("an hour", 3600),
        ("half an hour", 1800),
        ("a quarter of an hour", 900),
        ("three quarters of an hour", 2700),
        ("an hour and a half", 5400),
        ("one and a half hours", 5400),
        ("2.5 hours", 9000),
        ("ninety seconds", 90),
        ("twenty five minutes", 1500),
        ("one hundred and twenty seconds", 120),
        ("a hundred seconds", 100),
        ("1 hour, 20 minutes and 5 seconds", 4805),
        ("2 hours 15 minutes", 8100),
        ("1h 30m", 5400),
        ("1:30", 90),
        ("1:05:00", 3900),
    ],
)
def test_a_duration_in_the_middle_of_a_sentence(text: str, seconds: float) -> None:
    sentence = f"a timer for {text} please"
    found = find_duration(sentence)
    assert found is not None
    assert found[0] == seconds
    assert sentence[slice(*found[1])] == text


@pytest.mark.parametrize("text", ["the second light", "turn on five lights", "minutes", "half a lemon"])
def test_no_duration(text: str) -> None:
    assert find_duration(text) is None


def test_two_durations_are_not_added() -> None:
    assert find_duration("five minutes and ten minutes") == (300, (0, 12))


def test_every_number_in_words() -> None:
    from wyoming_lfm2.text.english.numbers import cardinal

    for number in range(1000):
        assert number_in(cardinal(str(number)).replace("-", " ")) == number


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 second"), (60, "1 minute"), (3905, "1 hour, 5 minutes and 5 seconds"), (119.7, "2 minutes")],
)
def test_a_duration_is_said(seconds: float, text: str) -> None:
    assert say_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("Set a timer for five minutes.", TimerRequest("HassStartTimer", 300)),
        ("set a pizza timer for 10 minutes", TimerRequest("HassStartTimer", 600, "pizza")),
        (
            "Set a timer for twenty-five minutes called laundry",
            TimerRequest("HassStartTimer", 1500, "laundry"),
        ),
        ("Set a timer for half an hour for the eggs", TimerRequest("HassStartTimer", 1800, "eggs")),
        ("5 minute timer", TimerRequest("HassStartTimer", 300)),
        ("Could you please start a ten minute tea timer?", TimerRequest("HassStartTimer", 600, "tea")),
        ("Set an egg timer for 1 hour and 5 seconds", TimerRequest("HassStartTimer", 3605, "egg")),
        ("Set a timer", TimerRequest("HassStartTimer")),
        ("How long is left on the pizza timer?", TimerRequest("HassTimerStatus", name="pizza")),
        ("How much time is left?", TimerRequest("HassTimerStatus")),
        ("How many timers are there?", TimerRequest("HassTimerStatus")),
        ("Cancel the timer", TimerRequest("HassCancelTimer")),
        ("Stop the five minute timer", TimerRequest("HassCancelTimer", start_s=300)),
        ("cancel all timers", TimerRequest("HassCancelAllTimers")),
        ("Add two minutes to the pizza timer", TimerRequest("HassIncreaseTimer", 120, "pizza")),
        ("Take 30 seconds off the timer", TimerRequest("HassDecreaseTimer", 30)),
        ("Remove five minutes from the timer", TimerRequest("HassDecreaseTimer", 300)),
        ("Pause my timer", TimerRequest("HassPauseTimer")),
        ("Unpause the laundry timer", TimerRequest("HassUnpauseTimer", name="laundry")),
    ],
)
def test_what_people_say(text: str, request_: TimerRequest) -> None:
    assert read_timer_request(text) == request_


@pytest.mark.parametrize("text", ["What time is it?", "Turn on the light for five minutes", "Stop.", ""])
def test_what_is_about_something_else(text: str) -> None:
    assert read_timer_request(text) is None


def test_a_models_call() -> None:
    slots = {"hours": 1, "minutes": 30, "name": "Pasta"}
    assert timer_request_of_call("HassStartTimer", slots) == TimerRequest("HassStartTimer", 5400, "pasta")
    started = timer_request_of_call("HassCancelTimer", {"start_minutes": 5})
    assert started == TimerRequest("HassCancelTimer", start_s=300)
    assert timer_request_of_call("HassTurnOn", {"name": "timer"}) is None


def test_every_timer_intent_that_a_model_can_call_is_known() -> None:
    assert {name for name in INTENTS if "Timer" in name} == TIMER_INTENTS
