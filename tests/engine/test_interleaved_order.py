"""Whose turn it is in an answer of text and sound, against the reference's own loop."""

from __future__ import annotations

import random

import pytest

from wyoming_lfm2.engine.requests.interleaved import Alternation

TEXT_END, END_OF_AUDIO = "text end", "end of audio"


def reference_order(chosen: list[str]) -> list[bool]:
    """What ``generate_interleaved`` of liquid-audio 1.3.0 asks for at each step: a frame (True) or a token.

    ``chosen[i]`` is what the model chooses at step i, where it matters.
    """
    speaking, left, done, order = False, 6, False, []
    for choice in chosen:
        left -= 1
        order.append(speaking)
        if not speaking:
            if choice == TEXT_END:
                done = True
            if not left or done:
                speaking, left = True, 12
        else:
            if not left and not done:
                speaking, left = False, 6
            if choice == END_OF_AUDIO:
                speaking = False
    return order


def our_order(chosen: list[str]) -> list[bool]:
    alternation, order = Alternation(), []
    for choice in chosen:
        order.append(alternation.speaks())
        if alternation.speaks():
            alternation.spoke(ends=choice == END_OF_AUDIO)
        else:
            alternation.wrote(ends_text=choice == TEXT_END)
    return order


def test_six_tokens_then_twelve_frames_and_so_on() -> None:
    assert our_order([""] * 40) == [*[False] * 6, *[True] * 12, *[False] * 6, *[True] * 12, *[False] * 4]


def test_after_the_end_of_the_text_there_is_sound_only_until_it_ends() -> None:
    assert our_order(["", TEXT_END, *[""] * 30, END_OF_AUDIO, ""]) == [False, False, *[True] * 31, False]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_ends_whenever_the_order_is_the_references(seed: int) -> None:
    generator = random.Random(seed)
    chosen = generator.choices(["", TEXT_END, END_OF_AUDIO], [20, 1, 1], k=200)
    assert our_order(chosen) == reference_order(chosen)
