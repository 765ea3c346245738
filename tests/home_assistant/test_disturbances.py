"""What breaks: Home Assistant must recover without a hand, and nothing may hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from homeassistant.components import tts
from homeassistant.components.assist_pipeline import PipelineStage
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.intent import IntentResponseType

from tests.home_assistant.assist import Run, create_pipeline, run_pipeline
from tests.home_assistant.conftest import ServerMaker, add, entities_of
from tests.home_assistant.report import Report
from tests.home_assistant.server import GUARD_S, Server, until
from tests.home_assistant.sound import SAID, as_spoken, at_once, recording, sound_of
from tests.home_assistant.wyoming_port import why_silent

LONG = " ".join(
    f"The light in the {room} is on." for room in ("kitchen", "bedroom", "garden", "office", "hall")
)


@pytest.fixture(scope="module", autouse=True)
def section(report: Report) -> None:
    report.section("What breaks")
    report.table("what happened", {})


@pytest.fixture
async def frail(hass: HomeAssistant, start_server: ServerMaker) -> AsyncIterator[Server]:
    """A server that something happens to."""
    server = await start_server()
    yield server
    await server.stop()


@pytest.fixture
async def its_entry(hass: HomeAssistant, frail: Server) -> AsyncIterator[ConfigEntry]:
    entry = await add(hass, frail)
    yield entry
    await hass.config_entries.async_remove(entry.entry_id)


@pytest.fixture
async def ears(hass: HomeAssistant, its_entry: ConfigEntry) -> str:
    """A pipeline that ends with the transcript."""
    return await create_pipeline(hass, "Ears", entities_of(hass, its_entry)["stt"], None)


async def hear(hass: HomeAssistant, pipeline: str) -> Run:
    return await run_pipeline(hass, pipeline, at_once(recording()), until=PipelineStage.STT, vad=False)


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


def stream_of(hass: HomeAssistant, mouth: str, text: str) -> tts.ResultStream:
    """Have a text spoken."""
    stream = tts.async_create_stream(hass, mouth, "en", {tts.ATTR_PREFERRED_FORMAT: "wav"})
    stream.async_set_message(text)
    return stream


async def speak(hass: HomeAssistant, mouth: str, text: str) -> bytes:
    """All of its sound."""
    async with asyncio.timeout(GUARD_S):
        return b"".join([part async for part in stream_of(hass, mouth, text).async_stream_result()])
