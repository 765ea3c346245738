from __future__ import annotations

import logging

import pytest

from tests.server.speaker_stand_in import UK_MALE, US_FEMALE
from wyoming_lfm2.config.settings import VoiceSettings
from wyoming_lfm2.tts.sentence_cache import SentenceCache, SentenceKey
from wyoming_lfm2.tts.voices import Voices

RESIDENT = (US_FEMALE, UK_MALE)


def test_a_description_makes_a_prompt_as_the_first_release_takes_it() -> None:
    voices = Voices(RESIDENT, {"butler": VoiceSettings(description="A calm voice.", seed=7)})
    butler = voices.choose("butler")
    assert butler.prompt == "Perform TTS.\nUse the following voice: A calm voice."
    assert (butler.seed, butler.languages, butler.temperature) == (7, US_FEMALE.languages, 0.8)


def test_settings_of_a_voice_that_the_model_has_change_only_what_they_say() -> None:
    voices = Voices(RESIDENT, {"uk-male": VoiceSettings(temperature=0, guidance=2)})
    changed = voices.choose("uk-male")
    assert (changed.temperature, changed.guidance) == (0, 2)
    assert (changed.prompt, changed.description) == (UK_MALE.prompt, UK_MALE.description)
    assert len(voices.all) == 2


def test_the_default_of_the_settings_comes_first_and_one_that_is_not_there_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Voices(RESIDENT, {}, "UK-male").all == (UK_MALE, US_FEMALE)
    assert not caplog.records
    assert Voices(RESIDENT, {}, "nobody").choose() == US_FEMALE
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_language_finds_the_nearest_voice() -> None:
    voices = Voices(RESIDENT, {}, "uk-male")
    assert voices.choose(language="en-US") == US_FEMALE
    assert voices.choose(language="en-AU") == UK_MALE
    assert voices.choose(language="en") == UK_MALE


def test_any_number_of_unknown_voices_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    voices = Voices(RESIDENT, {})
    for number in range(1000):
        voices.choose(f"voice {number}")
    assert len(caplog.records) <= 100


def test_the_cache_drops_what_was_not_used_for_longest() -> None:
    cache = SentenceCache(100)
    keys = [SentenceKey(text, US_FEMALE) for text in "abcd"]
    for key in keys[:2]:
        cache.put(key, bytes(40))
    assert cache.get(keys[0]) == bytes(40)
    cache.put(keys[2], bytes(40))
    assert [cache.get(key) is not None for key in keys] == [True, False, True, False]
    cache.put(keys[0], bytes(60))
    assert cache.size == 100
    cache.put(keys[3], bytes(101))
    assert cache.get(keys[3]) is None
    assert cache.size == 100


def test_a_cache_without_room_keeps_nothing() -> None:
    cache = SentenceCache(0)
    cache.put(SentenceKey("a", US_FEMALE), b"sound")
    assert cache.get(SentenceKey("a", US_FEMALE)) is None
