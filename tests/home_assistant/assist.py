"""A run of an Assist pipeline, as a voice satellite makes it: sound in, events, sound out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from typing import Any

from homeassistant.components import stt, tts
from homeassistant.components.assist_pipeline import (
    AudioSettings,
    PipelineEvent,
    PipelineStage,
    async_pipeline_from_audio_stream,
)
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE, Pipeline
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.core import Context, HomeAssistant

from tests.home_assistant.server import GUARD_S
from tests.home_assistant.sound import Sound, sound_of

WAV_OPTIONS = {
    tts.ATTR_PREFERRED_FORMAT: "wav",
    tts.ATTR_PREFERRED_SAMPLE_RATE: 16_000,
    tts.ATTR_PREFERRED_SAMPLE_CHANNELS: 1,
    tts.ATTR_PREFERRED_SAMPLE_BYTES: 2,
}
"""What satellites take; without it Home Assistant makes an MP3."""


@dataclass
class Run:
    """What came of one run."""

    began: float
    events: list[tuple[str, float, dict[str, Any]]] = field(default_factory=list)
    """Type, seconds since the run began, data."""
    data: bytes = b""
    """The answer's sound as Home Assistant hands it out."""
    first_sound_s: float | None = None
    all_sound_s: float | None = None

    def at(self, event: str) -> float:
        """When an event came, in seconds since the run began."""
        return next(at for name, at, _ in self.events if name == event)

    def has(self, event: str) -> bool:
        """Whether an event came."""
        return any(name == event for name, _, _ in self.events)

    @property
    def heard(self) -> str:
        """The transcript."""
        return str(self._data("stt-end")["stt_output"]["text"])

    @property
    def answer(self) -> str:
        """What is said to it."""
        return str(self._intent_output["response"]["speech"].get("plain", {}).get("speech", ""))

    @property
    def response_type(self) -> str:
        """action_done, query_answer or error."""
        return str(self._intent_output["response"]["response_type"])

    @property
    def conversation_id(self) -> str:
        """Names the dialogue."""
        return str(self._intent_output["conversation_id"])

    @property
    def error(self) -> str:
        """The code of what went wrong; empty if nothing did."""
        return next((str(data["code"]) for name, _, data in self.events if name == "error"), "")

    @property
    def sound(self) -> Sound:
        """The answer's sound."""
        return sound_of(self.data)

    @property
    def _intent_output(self) -> dict[str, Any]:
        output: dict[str, Any] = self._data("intent-end")["intent_output"]
        return output

    def _data(self, event: str) -> dict[str, Any]:
        for name, _, data in self.events:
            if name == event:
                return data
        raise AssertionError(f"no {event} in {self.events}")


async def create_pipeline(
    hass: HomeAssistant, name: str, ears: str | None, mouth: str | None, agent: str = HOME_ASSISTANT_AGENT
) -> str:
    """Make an assistant, as its page in the settings does; its id.

    :param ears: entity for speech to text.
    :param mouth: entity for text to speech.
    :param agent: who answers.
    """
    pipeline: Pipeline = await hass.data[KEY_ASSIST_PIPELINE].pipeline_store.async_create_item(
        {
            "name": name,
            "language": "en",
            "conversation_engine": agent,
            "conversation_language": "en",
            "stt_engine": ears,
            "stt_language": "en" if ears else None,
            "tts_engine": mouth,
            "tts_language": "en" if mouth else None,
            "tts_voice": None,
            "wake_word_entity": None,
            "wake_word_id": None,
            "prefer_local_intents": False,
        }
    )
    return pipeline.id


async def run_pipeline(
    hass: HomeAssistant,
    pipeline: str,
    sound: AsyncIterable[bytes],
    *,
    conversation_id: str | None = None,
    until: PipelineStage = PipelineStage.TTS,
    vad: bool = True,
) -> Run:
    """Speak to a pipeline and listen to its answer.

    :param sound: 16 kHz, 16 bit, mono; :func:`~.sound.as_spoken` for a microphone.
    :param vad: Home Assistant decides when the speaker has finished; otherwise the end of ``sound`` does.
    :raises TimeoutError: something hangs.
    """
    run = Run(time.monotonic())
    listening: list[asyncio.Task[None]] = []

    def take(event: PipelineEvent) -> None:
        run.events.append((str(event.type), time.monotonic() - run.began, event.data or {}))
        if event.type == "tts-end" and event.data:
            token = event.data["tts_output"]["token"]
            listening.append(asyncio.create_task(_listen(hass, run, token)))

    metadata = stt.SpeechMetadata(
        language="en",
        format=stt.AudioFormats.WAV,
        codec=stt.AudioCodecs.PCM,
        bit_rate=stt.AudioBitRates.BITRATE_16,
        sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
        channel=stt.AudioChannels.CHANNEL_MONO,
    )
    async with asyncio.timeout(GUARD_S):
        await async_pipeline_from_audio_stream(
            hass,
            context=Context(),
            event_callback=take,
            stt_metadata=metadata,
            stt_stream=sound,
            pipeline_id=pipeline,
            conversation_id=conversation_id,
            tts_audio_output=WAV_OPTIONS,
            audio_settings=AudioSettings(is_vad_enabled=vad),
            end_stage=until,
        )
        await asyncio.gather(*listening)
    return run


async def _listen(hass: HomeAssistant, run: Run, token: str) -> None:
    stream = tts.async_get_stream(hass, token)
    assert stream is not None
    async for part in stream.async_stream_result():
        # The header comes before any sound.
        if run.first_sound_s is None and len(run.data) + len(part) > 100:
            run.first_sound_s = time.monotonic() - run.began
        run.data += part
    run.all_sound_s = time.monotonic() - run.began
