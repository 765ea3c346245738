"""Sentences that are short as they are written, and long as they are spoken."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Port
from tests.server.requests_in_words import ask, loud, say, sound
from tests.server.stand_ins import GUARD_S
from wyoming_lfm2.text.sentence_splitter import LONGEST
from wyoming_lfm2.text.verbalizer import verbalize

VALUES = f"Temperatures are {', '.join(f'{n}{n}.{n} °C' for n in range(1, 10))}, and that is all."
LONG = [
    VALUES,
    "".join(f"{n},234,567 " for n in range(1, 28)),
    "".join(chr(0x1F600 + n) for n in range(60)),  # faces
]


@pytest.mark.parametrize("text", LONG, ids=["values", "numbers", "emoji"])
async def test_what_is_long_only_in_words_is_spoken_in_pieces(port: Port, text: str) -> None:
    assert len(text) <= LONGEST
    whole = verbalize(text)
    assert len(whole) > LONGEST
    assert loud(sound(await say(await port.connect(), text)))
    assert len(port.speaker.texts) > 1
    assert max(map(len, port.speaker.texts)) <= LONGEST
    words = " ".join(port.speaker.texts).replace(",", "").split()
    assert words == whole.replace(",", "").split(), "nothing is lost"


async def test_a_long_list_is_cut_at_its_commas(port: Port) -> None:
    await say(await port.connect(), VALUES)
    assert len(port.speaker.texts) > 1
    assert all(text.endswith(("degrees Celsius", "that is all.")) for text in port.speaker.texts)


async def test_what_was_spoken_ahead_is_cut_in_the_same_places(port: Port) -> None:
    port.converser.fragments = [VALUES]
    await ask(await port.connect(), "How warm is it?")
    async with asyncio.timeout(GUARD_S):
        while len(port.speaker.said) < 2 or port.speaker.running:  # noqa: ASYNC110 - it is at work again and again
            await asyncio.sleep(0)
    ahead = port.speaker.texts.copy()
    assert loud(sound(await say(await port.connect(), VALUES)))
    assert port.speaker.texts == ahead
