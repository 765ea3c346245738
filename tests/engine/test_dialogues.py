from __future__ import annotations

import tracemalloc

from wyoming_lfm2.engine.dialogues import Dialogues
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_dialogue_is_forgotten_when_it_has_rested_for_too_long() -> None:
    clock = Clock()
    dialogues = Dialogues(3, minutes=10, clock=clock)
    first, second = dialogues.get("a"), dialogues.get("b")
    clock.now = 599
    assert dialogues.get("a") is first
    clock.now = 700
    assert dialogues.get("a") is first
    assert dialogues.get("b") is not second


def test_one_dialogue_too_many_pushes_out_the_one_that_rested_longest() -> None:
    dialogues = Dialogues(2, minutes=10)
    first, second = dialogues.get("a"), dialogues.get("b")
    assert dialogues.get("a") is first
    dialogues.get("c")
    assert len(dialogues) == 2
    assert dialogues.get("a") is first
    assert dialogues.get("b") is not second


def test_a_hundred_thousand_ids_take_no_more_memory_than_a_few() -> None:
    dialogues = Dialogues(16, minutes=10)

    def remember(first: int, count: int) -> None:
        for number in range(first, first + count):
            dialogues.get(f"{number:05}" * 200).history = DialogueHistory(tuple(range(number, number + 40)))

    tracemalloc.start()
    try:
        remember(0, 1000)
        before, _ = tracemalloc.get_traced_memory()
        remember(1000, 100_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(dialogues) == 16
    assert after - before < 50_000


def test_an_id_may_be_anything() -> None:
    dialogues = Dialogues(3, minutes=10)
    assert dialogues.get("\ud800") is dialogues.get("\ud800")
    assert dialogues.get("") is not dialogues.get("x" * 1_000_000)
