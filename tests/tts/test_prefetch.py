"""Speech that is made ahead, and those who come for it at an awkward moment."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.server.speaker_stand_in import US_FEMALE, StandInSpeaker
from wyoming_lfm2.config.settings import SpeakingSettings
from wyoming_lfm2.engine.api import PlaybackClock
from wyoming_lfm2.engine.errors import GaveWayError
from wyoming_lfm2.tts import prefetch
from wyoming_lfm2.tts.prefetch import Prefetcher
from wyoming_lfm2.tts.shared_synthesis import SynthesisListener
from wyoming_lfm2.tts.synthesizer import Synthesizer

GUARD_S = 60.0
TEXT = "The light is on."


async def begun(speaker: StandInSpeaker, text: str) -> None:
    async with asyncio.timeout(GUARD_S):
        while text not in speaker.texts:  # noqa: ASYNC110 - it tells only that it is at work
            await asyncio.sleep(0)


async def heard(listener: SynthesisListener) -> int:
    """Samples that are not silent."""
    try:
        async with asyncio.timeout(GUARD_S):
            pcm = b"".join([chunk async for chunk in listener.chunks()])
    finally:
        await listener.close()
    return int(np.count_nonzero(np.frombuffer(pcm, np.int16)))


async def test_who_comes_just_after_it_has_given_way_has_it_made_anew() -> None:
    """Between the end of its task and the moment at which everybody is told of it."""
    speaker = StandInSpeaker()
    speaker.may_go_on.clear()
    speaker.error = GaveWayError("The model is needed.")
    mouth = Synthesizer(speaker, SpeakingSettings())
    ahead = mouth.prepare(TEXT, US_FEMALE)
    assert ahead is not None
    async with asyncio.timeout(GUARD_S):
        await speaker.at_work.wait()
    came: asyncio.Future[SynthesisListener] = asyncio.get_running_loop().create_future()

    def come() -> None:
        speaker.error = None
        came.set_result(mouth.say(TEXT, US_FEMALE, PlaybackClock()))

    speaker.may_go_on.set()
    asyncio.get_running_loop().call_soon(come)
    assert await heard(await came)
    await ahead.close()
    assert speaker.texts == [TEXT, TEXT]


async def test_a_sentence_that_an_answer_has_twice_is_made_once() -> None:
    speaker = StandInSpeaker()
    Prefetcher(Synthesizer(speaker, SpeakingSettings())).prepare(f"{TEXT} {TEXT} Sleep well.", US_FEMALE)
    await begun(speaker, "Sleep well.")
    assert speaker.texts == [TEXT, "Sleep well."]


async def test_what_is_not_ready_when_it_is_to_be_forgotten_is_made_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prefetch, "KEPT_S", 0.05)
    speaker = StandInSpeaker()
    speaker.holds_at_frame = 1
    speaker.may_go_on.clear()
    mouth = Synthesizer(speaker, SpeakingSettings())
    Prefetcher(mouth).prepare(TEXT, US_FEMALE)
    await begun(speaker, TEXT)
    async with asyncio.timeout(GUARD_S):
        await speaker.idle.wait()
    assert (speaker.completed, mouth.prepared_s) == (0, 0)


async def test_an_answer_without_a_word_is_not_one_that_nobody_wanted_to_hear() -> None:
    speaker = StandInSpeaker()
    preparer = Prefetcher(Synthesizer(speaker, SpeakingSettings()))
    for text in [""] * prefetch.MOST_IN_VAIN + [TEXT]:
        preparer.prepare(text, US_FEMALE)
    await begun(speaker, TEXT)
