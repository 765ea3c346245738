"""Later turns of nano's dialogues: most of what people say after a command is none, and is not taken for one."""

from __future__ import annotations

import random

import pytest

from nano.corpus.actions import Actions
from nano.corpus.again import moved_to
from nano.corpus.deeds import added, media_done, played, switched, volume_turned
from nano.corpus.dialogues import Dialogue, sample_dialogues
from nano.corpus.errands import Errands
from nano.corpus.exchange import Exchange, Target
from nano.corpus.follow_ups import FollowUps
from nano.corpus.manner import plain_words, without_time
from nano.corpus.media import Media
from nano.corpus.openings import stands_alone
from nano.corpus.refusals import REFUSAL
from nano.corpus.replies import Replies
from nano.corpus.split import split_of
from nano.corpus.talk import Talk
from nano.corpus.targets import Targets
from wyoming_lfm2.intents.grammar import CALL_START

LAMP = switched(Target("", "the lamp", {"name": "lamp"}, "light"), "on", "turn on the lamp")


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    return sample_dialogues(6000, 5)


def _follow_ups(seed: int) -> FollowUps:
    targets = Targets(random.Random(seed))
    actions, errands, talk = Actions(targets), Errands(targets), Talk(random.Random(seed))
    return FollowUps(targets, actions, errands, talk, Replies(targets, actions, errands, Media(targets)))


def _after_commands(dialogues: list[Dialogue]) -> list[tuple[Dialogue, int]]:
    """Later turns after a turn in which something was done."""
    return [
        (dialogue, place)
        for dialogue in dialogues
        for place in range(1, len(dialogue.turns))
        if dialogue.turns[place - 1].assistant.startswith(CALL_START)
    ]


def test_a_fifth_of_what_follows_a_command_is_talk_or_refused(dialogues: list[Dialogue]) -> None:
    later = _after_commands(dialogues)
    topics = [dialogue.topics[place] for dialogue, place in later]
    assert topics.count("talk") > 0.08 * len(later)
    assert topics.count("refusal") > 0.08 * len(later)
    fresh = sum(dialogue.fresh[place] for dialogue, place in later)
    assert 0.35 * len(later) < fresh < 0.5 * len(later)


def test_after_a_command_a_greeting_is_greeted_and_thanks_are_welcome(dialogues: list[Dialogue]) -> None:
    answers = [dialogue.turns[place].assistant for dialogue, place in _after_commands(dialogues)]
    for answer in (
        "Hello!",
        "You're welcome.",
        "Thank you!",
        "Okay.",
        "Goodbye!",
        "Yes, I hear you.",
        REFUSAL,
    ):
        assert answers.count(answer) >= 5, answer


def test_a_turn_that_begins_anew_is_answered_as_if_it_were_the_first(dialogues: list[Dialogue]) -> None:
    first = {
        (dialogue.home, plain_words(dialogue.turns[0].user)): dialogue.turns[0].assistant
        for dialogue in dialogues
    }
    compared = 0
    for dialogue in dialogues:
        for turn, fresh in list(zip(dialogue.turns, dialogue.fresh, strict=True))[1:]:
            key = dialogue.home, plain_words(turn.user)
            if fresh and key in first:
                assert turn.assistant == first[key], turn.user
                compared += 1
    assert compared > 250


def test_a_turn_that_begins_anew_is_of_the_split_of_its_dialogue(dialogues: list[Dialogue]) -> None:
    held_out = 0
    for dialogue in dialogues:
        assert dialogue.fresh[0]
        for turn, topic, fresh in list(zip(dialogue.turns, dialogue.topics, dialogue.fresh, strict=True))[1:]:
            if fresh and topic in ("refusal", "switch", "color"):
                assert split_of(plain_words(without_time(turn.user))) == dialogue.split
                held_out += dialogue.split != "train"
    assert held_out >= 10


@pytest.mark.parametrize(
    ("exchange", "before", "alone"),
    [
        (Exchange("turn it on", "What should I turn on?", topic="talk", setting="What should I turn on?"), LAMP, False),
        (volume_turned({}, "up", "turn it up"), LAMP, False),
        (volume_turned({}, "up", "louder"), LAMP, True),
        (Exchange("it's too bright", "I can turn down the lights.", topic="talk"), LAMP, False),
        (Exchange("hello", "Hello!", topic="talk"), LAMP, True),
        (Exchange("lasagna", REFUSAL, topic="refusal"), LAMP, True),
        (Exchange("lasagna", REFUSAL, topic="refusal"), added("milk", "add milk"), False),
        (Exchange("who won the world cup", REFUSAL, topic="refusal"), added("milk", "add milk"), True),
        (Exchange("turn it on", "What should I turn on?", topic="talk", setting="What should I turn on?"),
         Exchange("hello", "Hello!", topic="talk", setting="Hello!"), True),
    ],
)  # fmt: skip
def test_words_that_point_back_do_not_stand_alone(exchange: Exchange, before: Exchange, alone: bool) -> None:
    assert stands_alone(exchange, [before]) is alone


def test_a_command_can_be_meant_past_thanks_but_not_corrected_any_more() -> None:
    follow_ups, thanks = _follow_ups(1), Exchange("thanks", "You're welcome.", topic="talk")
    drawn = [follow_ups.exchange(thanks, True, LAMP) for _ in range(600)]
    of_lamp = [after for after in drawn if after and after.call and after.call.slots.get("name") == "lamp"]
    assert {"turn it off again", "and turn it off again"} & {after.user for after in of_lamp}
    assert not any(after and "I meant" in after.user for after in drawn)


def test_to_stop_what_plays_is_to_pause_it() -> None:
    for before in (played("jazz", {}, "play jazz"), media_done("HassMediaNext", {}, "next")):
        follow_ups = _follow_ups(2)
        drawn = [follow_ups.exchange(before, True) for _ in range(800)]
        calls = {
            after.call.intent for after in drawn if after and after.call and after.user in ("stop it", "stop")
        }
        assert calls == {"HassMediaPause"}


@pytest.mark.parametrize(
    ("step", "more"), [("up", "Volume up."), ("down", "Volume down."), (-20, "Volume down.")]
)
def test_more_is_more_of_what_was_done_before(step: str | int, more: str) -> None:
    follow_ups = _follow_ups(3)
    drawn = [follow_ups.exchange(volume_turned({}, step, "so"), True) for _ in range(600)]
    assert {after.text for after in drawn if after and after.user in ("more", "a bit more")} == {more}


def test_the_room_at_the_head_of_a_name_is_its_room_wherever_the_name_comes_from() -> None:
    listed = Target("", "the porch light", {"name": "porch light"}, "light")
    composed = Target("", "the porch light", {"name": "porch light"}, "light", "porch")
    assert moved_to(listed, "den").slots == moved_to(composed, "den").slots == {"name": "den light"}
    door = Target("", "the garage door", {"name": "garage door", "domain": "lock"}, "lock")
    assert moved_to(door, "guest bathroom").said == "the guest bathroom door"
