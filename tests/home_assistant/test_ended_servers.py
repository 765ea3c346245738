"""Servers that end, in order or not, and come back: Home Assistant must recover, and nothing may hang."""

from __future__ import annotations

import asyncio
import time

import pytest
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.intent import IntentResponseType

from tests.home_assistant.assist import run_pipeline
from tests.home_assistant.conftest import entities_of
from tests.home_assistant.frail import LONG, hear, speak, stream_of
from tests.home_assistant.report import Report
from tests.home_assistant.server import GUARD_S, Server
from tests.home_assistant.sound import SAID, as_spoken, recording, sound_of
from tests.home_assistant.wyoming_port import why_silent


@pytest.fixture(scope="module", autouse=True)
def section(report: Report) -> None:
    report.section("Servers that end")
    report.table("what happened", {})


async def test_restarted_in_between(hass: HomeAssistant, frail: Server, ears: str, report: Report) -> None:
    assert (await hear(hass, ears)).heard == SAID
    assert await frail.stop() == 0
    away = await hear(hass, ears)
    assert away.error == "stt-stream-failed"
    await frail.start()
    assert (await hear(hass, ears)).heard == SAID
    report.rows(
        {
            "the server is restarted": f"while it is away: {away.error} after {away.at('error'):.2f} s; "
            "afterwards the next sentence is heard, without a reload"
        },
    )


async def test_killed_while_it_listens(hass: HomeAssistant, frail: Server, ears: str, report: Report) -> None:
    speaking = as_spoken(recording(), silence_s=0.0)
    running = asyncio.create_task(run_pipeline(hass, ears, speaking, until=PipelineStage.STT, vad=False))
    await asyncio.sleep(1)
    frail.pause()
    # All of the sound is on its way, and the transcript is waited for.
    await asyncio.sleep(2)
    assert not running.done()
    killed = time.monotonic()
    await frail.kill()
    run = await running
    took = time.monotonic() - killed
    assert run.error == "stt-stream-failed"
    await frail.start()
    assert (await hear(hass, ears)).heard == SAID
    report.rows({"killed while a transcript is waited for": f"{run.error} {took:.2f} s later"})


async def test_killed_while_it_speaks(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, report: Report
) -> None:
    mouth = entities_of(hass, its_entry)["tts"]
    whole = sound_of(await speak(hass, mouth, LONG))
    await frail.stop()
    await frail.start()

    text = LONG.replace("on", "off")
    data = b""
    async with asyncio.timeout(GUARD_S):
        async for part in stream_of(hass, mouth, text).async_stream_result():
            data += part
            if frail.running and len(data) > 1000:
                await frail.kill()
    cut_short = sound_of(data)
    assert cut_short.seconds < 0.8 * whole.seconds

    await frail.start()
    again = sound_of(await speak(hass, mouth, text))
    other = sound_of(await speak(hass, mouth, LONG.replace("light", "lamp")))
    assert other.seconds > 0.8 * whole.seconds
    kept = "keeps and repeats the half" if again.seconds == cut_short.seconds else "asks anew"
    report.rows(
        {
            "killed while it speaks": f"the sound ends after {cut_short.seconds:.1f} of about {whole.seconds:.1f} s, "
            f"without an error; for the same text Home Assistant {kept} ({again.seconds:.1f} s); others are whole"
        },
    )


async def test_stopped_in_order_while_it_speaks(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, report: Report
) -> None:
    """An update, say: Home Assistant is told, and does not keep the half for the whole."""
    mouth = entities_of(hass, its_entry)["tts"]
    # No sentence twice: those would come from memory, and a small model is many times faster than its sound.
    things = (
        "door",
        "window",
        "fan",
        "gate",
        "heater",
        "radio",
        "kettle",
        "printer",
        "camera",
        "alarm",
        "oven",
        "plug",
    )
    text = " ".join(LONG.replace("light", thing) for thing in things)
    data, stopping = b"", None

    async def listen() -> None:
        nonlocal data, stopping
        async for part in stream_of(hass, mouth, text).async_stream_result():
            data += part
            if stopping is None and len(data) > 1000:
                stopping = asyncio.create_task(frail.stop())

    async with asyncio.timeout(GUARD_S):
        with pytest.raises(asyncio.IncompleteReadError):
            await listen()
        assert stopping is not None and await stopping == 0
    half = sound_of(data)
    await frail.start()
    whole = sound_of(await speak(hass, mouth, text))
    assert half.seconds < 0.8 * whole.seconds
    report.rows(
        {
            "stopped in order while it speaks": f"the sound ends after {half.seconds:.1f} s with an error; "
            f"asked again, Home Assistant gets all {whole.seconds:.1f} s"
        }
    )


async def test_killed_while_it_answers(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, report: Report
) -> None:
    agent = entities_of(hass, its_entry).get("conversation")
    if agent is None:
        pytest.skip(f"the served model does not converse: {await why_silent(frail)}")
    frail.pause()
    asking = asyncio.create_task(
        async_converse(hass, "Hello.", None, Context(), language="en", agent_id=agent)
    )
    await asyncio.sleep(2)
    assert not asking.done()
    await frail.kill()
    async with asyncio.timeout(GUARD_S):
        lost = (await asking).response
    assert lost.response_type is IntentResponseType.ERROR
    await frail.start()
    async with asyncio.timeout(GUARD_S):
        result = await async_converse(hass, "Hello.", None, Context(), language="en", agent_id=agent)
    assert result.response.response_type is not IntentResponseType.ERROR
    said = lost.speech["plain"]["speech"]
    report.rows({"killed while an answer is waited for": f"*{said}*; the next question is answered"})
