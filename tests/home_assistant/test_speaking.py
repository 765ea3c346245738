"""Text to speech through Home Assistant's own entity and its manager."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from homeassistant.components import tts
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from wyoming.info import Info

from tests.home_assistant.conftest import entities_of
from tests.home_assistant.listener import Listener
from tests.home_assistant.report import Report
from tests.home_assistant.server import GUARD_S
from tests.home_assistant.sound import Sound, sound_of

SENTENCE = "The kitchen light is on."
STORY = ("The window is open. ", "The bedroom light ", "is off. ", "The living room is warm.")


async def test_plain(
    hass: HomeAssistant, entry: ConfigEntry, report: Report, listener: Listener | None
) -> None:
    mouth = tts.get_engine_instance(hass, entities_of(hass, entry)["tts"])
    begun = time.monotonic()
    async with asyncio.timeout(GUARD_S):
        extension, data = await mouth.async_internal_get_tts_audio(SENTENCE, "en", {})
    took = time.monotonic() - begun
    assert extension == "wav"
    sound = sound_of(data)
    assert is_speech(sound, SENTENCE)
    path = sound.save(report.folder / "plain.wav")
    report.section("Text to speech through the entity", f"*{SENTENCE}* ({path.name})")
    rows = {"plain (`synthesize`)": f"{sound.seconds:.2f} s of sound after {took:.2f} s"}
    if listener is not None:
        rows["Whisper hears"] = await listener.hears(path)
    report.table("one sentence", rows)


async def test_streamed_text_is_spoken_while_it_is_written(
    hass: HomeAssistant, entry: ConfigEntry, report: Report, listener: Listener | None
) -> None:
    stream = tts.async_create_stream(
        hass, entities_of(hass, entry)["tts"], "en", {tts.ATTR_PREFERRED_FORMAT: "wav"}
    )
    assert stream.supports_streaming_input
    spoken = asyncio.Event()

    async def text() -> AsyncIterator[str]:
        yield STORY[0]
        yield STORY[1]
        # The rest is not written before the beginning is heard; a server that waits for all of it hangs here.
        async with asyncio.timeout(GUARD_S):
            await spoken.wait()
        for part in STORY[2:]:
            yield part

    begun, first, data = time.monotonic(), None, b""
    stream.async_set_message_stream(text())
    async with asyncio.timeout(GUARD_S):
        async for part in stream.async_stream_result():
            data += part
            if first is None and len(data) > 1000:
                first = time.monotonic() - begun
                spoken.set()
    took = time.monotonic() - begun
    sound = sound_of(data)
    assert is_speech(sound, "".join(STORY))
    path = sound.save(report.folder / "streamed.wav")
    rows = {
        "streamed": f"first sound after {first:.2f} s, all {sound.seconds:.2f} s of it after {took:.2f} s"
    }
    if listener is not None:
        rows["Whisper hears"] = await listener.hears(path)
    report.table(f"*{''.join(STORY)}* ({path.name})", rows)


async def test_a_message_is_spoken_in_every_voice_and_said_again_from_the_cache(
    hass: HomeAssistant, entry: ConfigEntry, info: Info
) -> None:
    sounds = {}
    for voice in info.tts[0].voices:
        options = {tts.ATTR_VOICE: voice.name, tts.ATTR_PREFERRED_FORMAT: "wav"}
        for _ in range(2):
            data = await message(hass, entry, SENTENCE, options)
            assert sounds.setdefault(voice.name, data) == data
        assert is_speech(sound_of(data), SENTENCE), voice.name
    assert len(set(sounds.values())) == len(sounds), "two voices sound alike to the last bit"


async def test_what_the_front_end_plays_is_an_mp3(hass: HomeAssistant, entry: ConfigEntry) -> None:
    data = await message(hass, entry, "The bedroom light is off.", {})
    assert data[:3] == b"ID3" or data[0] == 0xFF
    assert len(data) > 2000


@pytest.mark.parametrize("text", ["**", "☃", "..."])
async def test_a_text_without_words_does_not_hang(hass: HomeAssistant, entry: ConfigEntry, text: str) -> None:
    data = await message(hass, entry, text, {tts.ATTR_PREFERRED_FORMAT: "wav"})
    assert sound_of(data).seconds < 3


async def message(hass: HomeAssistant, entry: ConfigEntry, text: str, options: dict[str, str]) -> bytes:
    """What Home Assistant's manager makes of a message."""
    stream = tts.async_create_stream(hass, entities_of(hass, entry)["tts"], "en", options)
    stream.async_set_message(text)
    async with asyncio.timeout(GUARD_S):
        return b"".join([part async for part in stream.async_stream_result()])


def is_speech(sound: Sound, text: str) -> bool:
    """Loud enough, and neither so short nor so long that it cannot be this text."""
    return sound.rate == 24_000 and sound.loudness > 300 and 0.03 < sound.seconds / len(text) < 0.25
