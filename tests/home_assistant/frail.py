"""What is asked, through Home Assistant, of a server that something happens to."""

from __future__ import annotations

import asyncio

from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.core import HomeAssistant

from tests.home_assistant.assist import Run, run_pipeline
from tests.home_assistant.server import GUARD_S
from tests.home_assistant.sound import at_once, recording

LONG = " ".join(
    f"The light in the {room} is on." for room in ("kitchen", "bedroom", "garden", "office", "hall")
)


async def hear(hass: HomeAssistant, pipeline: str) -> Run:
    return await run_pipeline(hass, pipeline, at_once(recording()), until=PipelineStage.STT, vad=False)


def stream_of(hass: HomeAssistant, mouth: str, text: str) -> tts.ResultStream:
    """Have a text spoken."""
    stream = tts.async_create_stream(hass, mouth, "en", {tts.ATTR_PREFERRED_FORMAT: "wav"})
    stream.async_set_message(text)
    return stream


async def speak(hass: HomeAssistant, mouth: str, text: str) -> bytes:
    """All of its sound."""
    async with asyncio.timeout(GUARD_S):
        return b"".join([part async for part in stream_of(hass, mouth, text).async_stream_result()])
