"""What breaks: Home Assistant must recover without a hand, and nothing may hang."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest
from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from tests.home_assistant.assist import create_pipeline, run_pipeline
from tests.home_assistant.conftest import entities_of
from tests.home_assistant.frail import LONG, hear, speak, stream_of
from tests.home_assistant.report import Report
from tests.home_assistant.server import GUARD_S, Server, until
from tests.home_assistant.sound import SAID, as_spoken, recording, sound_of


@pytest.fixture(scope="module", autouse=True)
def section(report: Report) -> None:
    report.section("What breaks")
    report.table("what happened", {})


async def test_slow(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, ears: str, report: Report
) -> None:
    """For five seconds it gets no processor, once while it hears and once while it speaks."""
    mouth = entities_of(hass, its_entry)["tts"]
    running = asyncio.create_task(hear(hass, ears))
    frail.pause()
    await asyncio.sleep(5)
    assert not running.done()
    frail.resume()
    assert (await running).heard == SAID

    whole = sound_of(await speak(hass, mouth, LONG))
    await frail.stop()  # its memory of what it said goes with it
    await frail.start()
    options = {tts.ATTR_VOICE: "us-male", tts.ATTR_PREFERRED_FORMAT: "wav"}
    stream = tts.async_create_stream(hass, mouth, "en", options)
    stream.async_set_message(LONG)
    data, paused = b"", False
    async with asyncio.timeout(GUARD_S):
        async for part in stream.async_stream_result():
            data += part
            if not paused and len(data) > 1000:
                paused = True
                frail.pause()
                await asyncio.sleep(5)
                frail.resume()
    slow = sound_of(data)
    assert paused and slow.seconds > 0.8 * whole.seconds
    report.rows({"no processor for 5 s": "the transcript and the sound come later, and whole"})


async def test_too_slow_for_its_description(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, report: Report
) -> None:
    """Home Assistant gives up after four tries of a second, and comes back by itself."""
    assert await hass.config_entries.async_unload(its_entry.entry_id)
    frail.pause()
    assert not await hass.config_entries.async_setup(its_entry.entry_id)
    assert its_entry.state is ConfigEntryState.SETUP_RETRY
    frail.resume()
    resumed = time.monotonic()
    await until(lambda: its_entry.state is ConfigEntryState.LOADED)
    took = time.monotonic() - resumed
    report.rows(
        {"no processor while Home Assistant starts": f"loaded by itself {took:.1f} s after it went on"}
    )


async def test_away_while_home_assistant_starts(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, report: Report
) -> None:
    assert await hass.config_entries.async_unload(its_entry.entry_id)
    await frail.stop()
    assert not await hass.config_entries.async_setup(its_entry.entry_id)
    assert its_entry.state is ConfigEntryState.SETUP_RETRY
    await frail.start()
    started = time.monotonic()
    await until(lambda: its_entry.state is ConfigEntryState.LOADED)
    assert {"stt", "tts"} <= set(entities_of(hass, its_entry))
    took = time.monotonic() - started
    report.rows({"away while Home Assistant starts": f"loaded by itself {took:.1f} s after it listened"})


async def test_two_at_once(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, report: Report
) -> None:
    """Two people speak to two satellites at the same time."""
    ours = entities_of(hass, its_entry)
    pipeline = await create_pipeline(hass, "Both", ours["stt"], ours["tts"])
    alone = await run_pipeline(hass, pipeline, as_spoken(recording()))
    both = await asyncio.gather(
        *(run_pipeline(hass, pipeline, as_spoken(recording())) for _ in range(2)),
        speak(hass, ours["tts"], LONG),
    )
    for run in (alone, *both[:2]):
        assert (run.error, run.heard) == ("", SAID)
        assert run.sound.seconds > 0.4
    assert sound_of(both[2]).seconds > 5
    times = ", ".join(f"{r.at('stt-end') - r.at('stt-vad-end'):.2f}" for r in (alone, *both[:2]))
    report.rows(
        {"two pipelines at once, and a text is read": f"transcripts after {times} s (the first alone)"}
    )


async def test_home_assistant_hangs_up(
    hass: HomeAssistant, frail: Server, its_entry: ConfigEntry, ears: str, report: Report
) -> None:
    """A satellite is unplugged in the middle of a sentence, or of an answer, again and again."""
    mouth = entities_of(hass, its_entry)["tts"]
    for _ in range(6):
        speaking = asyncio.create_task(
            run_pipeline(hass, ears, as_spoken(recording()), until=PipelineStage.STT)
        )
        await asyncio.sleep(0.7)
        speaking.cancel()
        with suppress(asyncio.CancelledError):
            await speaking
    stream = stream_of(hass, mouth, LONG.replace("on", "open"))
    async for part in stream.async_stream_result():
        if len(part) > 500:
            break
    assert (await hear(hass, ears)).heard == SAID
    assert "Traceback" not in frail.log()
    report.rows({"Home Assistant hangs up six times": "the next sentence is heard; no traceback in our log"})
