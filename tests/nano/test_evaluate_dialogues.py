"""What counts as right when dialogues are measured."""

from __future__ import annotations

from typing import Any

from nano.evaluate_dialogues import Answer, Measures, at_confidence, count, figures, meaning, printed

ON = '<|tool_call_start|>[HassTurnOn(name="lamp")]<|tool_call_end|>'
LINE: dict[str, Any] = {
    "home": True,
    "turns": [
        {"user": "Turn on the lamp.", "assistant": f"{ON}Turned on the lamp."},
        {"user": "What is love?", "assistant": "Sorry, I can't help with that."},
    ],
    "topics": ["switch", "refusal"],
    "fresh": [True, True],
}


def counted(*answers: tuple[int, str, float]) -> Measures:
    measures = Measures()
    for place, text, certainty in answers:
        count(measures, LINE, place, Answer(text, certainty, 0.01))
    return measures


def test_an_intent_is_right_with_any_confirmation_and_any_order_of_slots() -> None:
    measures = counted((0, f"{ON}Okay.", 0.9))
    assert str(measures.groups["intents and slots"]).split() == ["100.0%", "of", "1"]
    assert measures.groups["confirmations, where that is right"].right == 0
    one = meaning('<|tool_call_start|>[HassLightSet(name="lamp", brightness=5)]<|tool_call_end|>')
    other = meaning('<|tool_call_start|>[HassLightSet(brightness=5, name="lamp")]<|tool_call_end|>Done.')
    assert one == other == ("HassLightSet", {"name": "lamp", "brightness": 5})


def test_a_wrong_slot_is_wrong_and_is_acted_on_only_if_the_model_is_sure() -> None:
    wrong = ON.replace("lamp", "fan")
    measures = counted((0, wrong, 0.9), (0, wrong, 0.3), (0, "I do not know.", 1.0))
    assert (measures.intents["HassTurnOn"].right, measures.intents["HassTurnOn"].all) == (0, 3)
    assert measures.groups["intents, whatever the slots"].right == 2
    assert at_confidence(measures)[0.5] == (1, 0)
    assert at_confidence(measures)[0.95] == (0, 0)
    assert at_confidence(counted((0, ON, 0.2)))[0.5] == (0, 1)


def test_words_are_right_to_the_letter_and_a_call_is_no_refusal() -> None:
    measures = counted((1, " Sorry, I can't help with that. ", 1.0), (1, "Sorry.", 1.0), (1, ON, 0.8))
    assert (measures.groups["refusals"].right, measures.groups["refusals"].all) == (1, 3)
    assert measures.groups["later turns with words"].all == 3
    assert at_confidence(measures)[0.8] == (1, 0)
    assert [mistake["given"] for mistake in measures.mistakes] == ["Sorry.", ON]
    assert measures.mistakes[0]["said"] == ["Turn on the lamp.", "What is love?"]


def test_what_begins_anew_and_wants_no_deed_must_cause_none() -> None:
    measures = counted((1, "Sorry.", 1.0), (1, ON, 0.2))
    group = measures.groups["later turns anew that want no deed, and cause none"]
    assert (group.right, group.all) == (1, 2)
    assert measures.groups["later turns that begin anew"].all == 2
    assert "later turns that follow up" not in measures.groups


def test_a_call_that_cannot_be_read_is_never_right() -> None:
    measures = counted((0, "<|tool_call_start|>[HassTurnOn(", 0.9))
    assert measures.groups["intents and slots"].right == 0


def test_the_table_and_the_figures_name_every_group() -> None:
    measures = counted((0, ON, 0.9), (1, "Sorry.", 1.0))
    table = printed(measures)
    assert "HassTurnOn" in table and "refusal" in table and "100.0% of 1" in table
    values = figures(measures)
    assert values["groups"]["intents and slots"] == [1, 1]
    assert values["seconds"] == 0.01 and len(values["mistakes"]) == 1
