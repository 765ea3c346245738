"""Speech to text through Home Assistant's own entity."""

from __future__ import annotations

import asyncio
import time

from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from tests.home_assistant.conftest import entities_of
from tests.home_assistant.report import Report
from tests.home_assistant.server import GUARD_S
from tests.home_assistant.sound import SAID, Sound, as_spoken, at_once, recording

METADATA = stt.SpeechMetadata(
    language="en",
    format=stt.AudioFormats.WAV,
    codec=stt.AudioCodecs.PCM,
    bit_rate=stt.AudioBitRates.BITRATE_16,
    sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
    channel=stt.AudioChannels.CHANNEL_MONO,
)


async def test_a_recorded_sentence_is_understood(
    hass: HomeAssistant, entry: ConfigEntry, report: Report
) -> None:
    ears = stt.async_get_speech_to_text_engine(hass, entities_of(hass, entry)["stt"])
    sound = recording()
    report.section("Speech to text through the entity")
    rows = {}
    for how, stream, length in (
        ("as a file, all at once", at_once(sound), 0.0),
        ("as it is spoken, 10 ms after 10 ms", as_spoken(sound, silence_s=0.0), sound.seconds),
    ):
        begun = time.monotonic()
        async with asyncio.timeout(GUARD_S):
            result = await ears.internal_async_process_audio_stream(METADATA, stream)
        rows[how] = f"{result.text}, {time.monotonic() - begun - length:.2f} s after its end"
        assert (result.result, result.text) == (stt.SpeechResultState.SUCCESS, SAID), how
    report.table(f"{sound.seconds:.1f} s of speech", rows)


async def test_silence_is_no_text(hass: HomeAssistant, entry: ConfigEntry) -> None:
    ears = stt.async_get_speech_to_text_engine(hass, entities_of(hass, entry)["stt"])
    for silence in (Sound(16_000, bytes(32_000)), Sound(16_000, b"")):
        async with asyncio.timeout(GUARD_S):
            result = await ears.internal_async_process_audio_stream(METADATA, at_once(silence))
        assert (result.result, result.text) == (stt.SpeechResultState.SUCCESS, "")
