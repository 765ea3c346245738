"""Dialogues that nano learns from: calls that the product reads, no contradictions, no leaks between splits."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from nano.corpus.actions import Actions
from nano.corpus.again import done_again, moved_to
from nano.corpus.answers import chosen_answers, spoken_part
from nano.corpus.deeds import brightened, colored, heated, moved, switched
from nano.corpus.dialogues import Dialogue, sample_dialogues
from nano.corpus.exchange import Call, Target
from nano.corpus.manner import Manner, plain_words, without_time
from nano.corpus.questions import ClockQuestion
from nano.corpus.refusals import REFUSAL
from nano.corpus.split import split_of
from nano.corpus.targets import Targets
from wyoming_lfm2.intents.calls import read_call
from wyoming_lfm2.intents.grammar import CALL_START
from wyoming_lfm2.server.conversation_context import with_time

COUNT = 4000


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    return sample_dialogues(COUNT, 7)


def test_there_are_as_many_as_asked_for_and_the_same_for_the_same_seed(dialogues: list[Dialogue]) -> None:
    assert len(dialogues) == COUNT
    assert sample_dialogues(200, 3) == sample_dialogues(200, 3) != sample_dialogues(200, 4)


def test_every_call_is_one_that_the_product_reads_and_says_nothing_twice(dialogues: list[Dialogue]) -> None:
    intents = set()
    for dialogue in dialogues:
        for turn in dialogue.turns:
            assert dialogue.home or CALL_START not in turn.assistant
            if turn.assistant.startswith(CALL_START):
                call = read_call(turn.assistant)
                assert str(Call(call.kind.name, call.slots)) + call.said == turn.assistant
                intents.add(call.kind.name)
            else:
                assert turn.assistant and not set(turn.assistant) & set("<>{}")
    assert {"HassTurnOn", "HassTurnOff", "HassLightSet", "HassSetPosition", "HassGetState"} <= intents
    assert {
        "HassClimateSetTemperature",
        "HassShoppingListAddItem",
        "HassNevermind",
        "HassMediaPause",
    } <= intents


def test_the_same_words_after_the_same_turns_have_the_same_answer(dialogues: list[Dialogue]) -> None:
    answers = defaultdict(set)
    for dialogue in dialogues:
        said: tuple[object, ...] = (dialogue.home,)
        for turn, topic in zip(dialogue.turns, dialogue.topics, strict=True):
            user = turn.user if topic == "clock" else without_time(turn.user)
            said = (*said, plain_words(user))
            answers[said].add(turn.assistant)
            said = (*said, turn.assistant)
    assert all(len(given) == 1 for given in answers.values())


def test_training_never_hears_what_opens_a_dialogue_that_is_held_out(dialogues: list[Dialogue]) -> None:
    held_out = {
        plain_words(dialogue.turns[0].user)
        for dialogue in dialogues
        if dialogue.split != "train" and dialogue.topics[0] != "clock"
    }
    assert len(held_out) > 50
    for dialogue in dialogues:
        if dialogue.split == "train":
            assert held_out.isdisjoint(plain_words(turn.user) for turn in dialogue.turns)


def test_what_is_held_out_does_not_depend_on_the_seed() -> None:
    for dialogue in sample_dialogues(1000, 11):
        if dialogue.split == "test" and dialogue.topics[0] != "clock":
            assert split_of(plain_words(without_time(dialogue.turns[0].user))) == "test"


def test_answers_are_short_enough_to_be_spoken(dialogues: list[Dialogue]) -> None:
    longest = max(
        (spoken_part(turn.assistant) for d in dialogues for turn in d.turns), key=lambda t: len(t.split())
    )
    assert len(longest.split()) <= 12, longest


def test_foreign_questions_get_one_answer_with_home_control_and_without(dialogues: list[Dialogue]) -> None:
    refused = [
        (dialogue.home, turn.assistant)
        for dialogue in dialogues
        for turn, topic in zip(dialogue.turns, dialogue.topics, strict=True)
        if topic == "refusal"
    ]
    assert {home for home, _ in refused} == {True, False}
    assert {answer for _, answer in refused} == {REFUSAL}
    assert len({d.turns[0].user for d in dialogues if d.topics[0] == "refusal"}) > 0.08 * COUNT


def test_a_question_for_the_time_is_answered_from_the_note_before_it() -> None:
    now = datetime(2026, 11, 22, 19, 5, tzinfo=UTC)
    assert with_time("What time is it?", "en", now).startswith("(It is 7:05 PM on Sunday, November 22")
    assert ClockQuestion("what time is it", "time").exchange(now).text == "It's 7:05 PM."
    assert ClockQuestion("what's the date", "date").exchange(now).text == "Today is Sunday, November 22."
    assert ClockQuestion("what day is tomorrow", "tomorrow").exchange(now).text == "It will be Monday."


def test_one_light_of_a_room_is_a_name_and_its_lights_are_the_room_s() -> None:
    targets = Targets(random.Random(1))
    drawn = {target.phrase: target.slots for target in (targets.light() for _ in range(4000))}
    assert drawn["the kitchen light"] == {"name": "kitchen light"}
    assert drawn["the kitchen lights"] == {"area": "kitchen", "domain": "light"}
    assert drawn["the light in the kitchen"] == {"area": "kitchen", "domain": "light"}
    assert drawn["all the lights"] == {"domain": "light"}


def test_every_name_is_drawn_about_as_often_as_any_other() -> None:
    targets = Targets(random.Random(1))
    drawn = [targets.area() for _ in range(4400)]
    times = {area: drawn.count(area) for area in set(drawn)}
    assert min(times.values()) > 0.5 * max(times.values())


def test_doors_are_locked_by_turning_on_a_lock() -> None:
    door = Target("the front door", "the front door", {"name": "front door", "domain": "lock"}, "lock")
    assert str(moved(door, "unlock", "").call) == (
        '<|tool_call_start|>[HassTurnOff(name=" front door", domain="lock")]<|tool_call_end|>'
    )


def test_a_white_by_name_is_a_temperature_and_a_colour_is_a_colour() -> None:
    lamp = Target("the lamp", "the lamp", {"name": "lamp"}, "light")
    assert colored(lamp, "warm white", "").call == Call("HassLightSet", {"name": "lamp", "temperature": 2700})
    assert colored(lamp, "3000 kelvin", "").call == Call(
        "HassLightSet", {"name": "lamp", "temperature": 3000}
    )
    assert colored(lamp, "red", "").call == Call("HassLightSet", {"name": "lamp", "color": "red"})


def test_the_same_in_another_room_keeps_all_but_the_room() -> None:
    light = Target("", "the kitchen light", {"name": "kitchen light"}, "light", "kitchen")
    there = moved_to(light, "den")
    assert there.slots == {"name": "den light"} and there.said == "the den light"
    assert moved_to(Target("", "all lights", {"domain": "light"}, "light"), "den").slots == {
        "area": "den",
        "domain": "light",
    }
    assert moved_to(Target("", "the kettle", {"name": "kettle"}, "thing"), "den").slots == {
        "name": "kettle",
        "area": "den",
    }
    with pytest.raises(ValueError, match="no room"):
        moved_to(Target("", "party mode", {"name": "party mode"}, "thing"), "den")
    assert done_again(brightened(light, 40, ""), there, "").text == "Set the den light to 40%."
    assert (
        done_again(switched(light, "off", ""), there, "")
        .answer(True)
        .startswith("<|tool_call_start|>[HassTurnOff(name=")
    )


def test_slots_stand_in_one_order_and_numbers_are_bare() -> None:
    assert str(Call("HassLightSet", {"brightness": 5, "domain": "light", "area": "den"})) == (
        '<|tool_call_start|>[HassLightSet(area=" den", domain="light", brightness=5)]<|tool_call_end|>'
    )
    assert heated(None, "den", 20.5, "").answer(True).endswith("Set the den temperature to 20.5 degrees.")
    with pytest.raises(KeyError):
        str(Call("HassTurnOn", {"nmae": "lamp"}))


def test_manner_changes_words_about_a_command_but_not_the_command() -> None:
    manner = Manner(random.Random(2))
    written = {manner.written("turn on the lamp", polite=True) for _ in range(400)}
    assert {
        "Turn on the lamp.",
        "Turn on the lamp",
        "turn on the lamp",
        "Turn on the lamp, please.",
    } <= written
    assert any(text.startswith("Can you ") and text.endswith("?") for text in written)
    assert not any("please" in manner.written("what time is it", polite=True) for _ in range(100))


def test_degrees_and_percentages_stay_within_what_the_intents_take() -> None:
    actions = Actions(Targets(random.Random(3)))
    for _ in range(2000):
        assert 0 < actions.percent() <= 100
        assert 5 <= actions.degrees() <= 80


def test_answers_to_be_spoken_begin_with_the_commonest_and_hold_every_known_word(
    dialogues: list[Dialogue],
) -> None:
    given = [turn.assistant for dialogue in dialogues for turn in dialogue.turns]
    answers = chosen_answers(given, 400)
    assert len(answers) == len(set(answers)) == 400
    assert REFUSAL in answers[:3]
    common = [
        word for word in ("Turned", "Opening", "Added", "Okay") if any(word in text for text in answers)
    ]
    assert len(common) == 4
    assert not any(CALL_START in text for text in answers)
