"""Silence before the first word, between sentences and behind the last word, as the settings say (users' row 15)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import groupby

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.server.conftest import StartPort
from tests.server.requests_in_words import say, sound
from tests.server.speaker_stand_in import StandInSpeaker
from wyoming_lfm2.engine.api import SPEECH_RATE, PlaybackClock, Voice

TEXT = "The light is on. The door is shut. Sleep well."

ONE_BLOCK = 0.01
"""Seconds; the trimmer does not look more closely."""


class HesitantSpeaker(StandInSpeaker):
    """Is quiet for half a second before it speaks, and afterwards."""

    async def speak(
        self, text: str, voice: Voice, playback: PlaybackClock | None = None
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        yield np.zeros(SPEECH_RATE // 2, np.float32)
        async for samples in super().speak(text, voice, playback):
            yield samples
        yield np.zeros(SPEECH_RATE // 2, np.float32)


def pauses(pcm: bytes) -> list[float]:
    """Lengths in seconds of what is silent for more than a moment."""
    runs = [
        (silent, len(list(run)))
        for silent, run in groupby(np.frombuffer(pcm, "<i2").tolist(), key=(0).__eq__)
    ]
    return [length / SPEECH_RATE for silent, length in runs if silent and length > SPEECH_RATE * ONE_BLOCK]


@pytest.mark.parametrize("trim", [False, True])
@pytest.mark.parametrize(
    ("before", "between", "after"), [(1.0, 0.5, 1.0), (0.2, 1.5, 0.4), (0.3, 0.15, 0.2), (0.1, 0.4, 0.4)]
)
async def test_pauses_are_as_long_as_the_settings_say(
    start_port: StartPort, trim: bool, before: float, between: float, after: float
) -> None:
    settings = {"silence_before_s": before, "silence_between_s": between, "silence_after_s": after}
    # Whether they are all of the silence, or come to what the model keeps silent itself.
    speaker = HesitantSpeaker() if trim else StandInSpeaker()
    port = await start_port(speaker=speaker, speaking={**settings, "trim": trim})
    pcm = sound(await say(await port.connect(), TEXT))
    assert pauses(pcm) == pytest.approx([before, between, between, after], abs=ONE_BLOCK)


async def test_a_second_before_half_a_second_between_and_a_second_after_in_a_stream_of_text(
    start_port: StartPort,
) -> None:
    settings = {"silence_before_s": 1.0, "silence_between_s": 0.5, "silence_after_s": 1.0}
    port = await start_port(speaker=HesitantSpeaker(), speaking=settings)
    client = await port.connect()
    await client.send("synthesize-start")
    await client.send("synthesize-chunk", text="The light is on. The")
    begun = await client.until("audio-chunk")
    await client.send("synthesize-chunk", text=" door is shut.")
    await client.send("synthesize-stop")
    pcm = sound(begun) + sound(await client.until("synthesize-stopped"))
    assert pauses(pcm) == pytest.approx([1.0, 0.5, 1.0], abs=ONE_BLOCK)
