"""A whole Assist pipeline, speech to speech: a recorded sentence in, the light on, the confirmation spoken."""

from __future__ import annotations

from homeassistant.components import tts
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT, async_prepare_agent
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from tests.home_assistant.assist import WAV_OPTIONS, Run, create_pipeline, run_pipeline
from tests.home_assistant.conftest import Assistant, entities_of
from tests.home_assistant.home import light_is, switch
from tests.home_assistant.listener import Listener, share_of_words, words
from tests.home_assistant.report import Report
from tests.home_assistant.sound import SAID, as_spoken, recording


async def test_with_home_assistants_own_agent(
    hass: HomeAssistant, entry: ConfigEntry, report: Report, listener: Listener | None
) -> None:
    """Our ears and mouth, and between them the sentences that Home Assistant knows itself."""
    ours = entities_of(hass, entry)
    pipeline = await create_pipeline(hass, "Own agent", ours["stt"], ours["tts"])
    await switch(hass, "kitchen", on=False)
    # It reads its sentences when it is asked for the first time; the times are to be those of every day.
    await async_prepare_agent(hass, HOME_ASSISTANT_AGENT, "en")
    await warm_up(hass, ours["tts"])
    run = await run_pipeline(hass, pipeline, as_spoken(recording()))
    assert run.error == ""
    report.section("Speech to speech, with Home Assistant's own agent between our ears and mouth")
    await write_down(report, run, "own-agent.wav", listener)
    assert run.heard == SAID
    assert run.response_type == "action_done"
    assert light_is(hass, "kitchen") == "on"
    assert run.sound.seconds > 0.4 and run.sound.loudness > 300


async def test_with_the_model_as_agent(
    hass: HomeAssistant, assistant: Assistant, report: Report, listener: Listener | None
) -> None:
    """All three from one model: what it makes of the sentence is what Home Assistant carries out."""
    await switch(hass, "kitchen", on=False)
    await switch(hass, "bedroom", on=False)
    await warm_up(hass, entities_of(hass, assistant.entry)["tts"])
    run = await run_pipeline(hass, assistant.pipeline, as_spoken(recording()))
    assert run.error == ""
    report.section("Speech to speech, all of it from the model: it hears, answers with an intent, and speaks")
    heard = await write_down(report, run, "speech-to-speech.wav", listener)
    assert run.heard == SAID
    assert (run.response_type, light_is(hass, "kitchen")) == ("action_done", "on")
    assert light_is(hass, "bedroom") == "off"
    assert words(run.answer), "it is done, and not said"
    assert run.sound.loudness > 300
    if heard is not None:
        assert share_of_words(run.answer, heard) >= 0.5, f"{run.answer!r} was heard as {heard!r}"


async def test_the_same_through_converse_alone(hass: HomeAssistant, assistant: Assistant) -> None:
    await switch(hass, "bedroom", on=False)
    result = await assistant.says("Turn on the bedroom light.")
    assert (result.response_type, light_is(hass, "bedroom")) == ("action_done", "on")


async def warm_up(hass: HomeAssistant, mouth: str) -> None:
    """Have ffmpeg read from the disk, with which Home Assistant makes of our 24 kHz what satellites take.

    And what it has kept of other tests' sounds is forgotten.
    """
    await hass.services.async_call("tts", "clear_cache", blocking=True)
    stream = tts.async_create_stream(hass, mouth, "en", {**WAV_OPTIONS})
    stream.async_set_message("Good morning.")
    async for _ in stream.async_stream_result():
        pass


async def write_down(report: Report, run: Run, name: str, listener: Listener | None) -> str | None:
    """The steps of a run and its sound; what Whisper hears in it."""
    spoken = recording().seconds
    path = run.sound.save(report.folder / name)
    rows = {"heard": run.heard, "answered": run.answer, "recorded": f"{path.name}, {run.sound.seconds:.2f} s"}
    heard = None
    if listener is not None:
        heard = rows["Whisper hears"] = await listener.hears(path)
    report.table(f"{spoken:.2f} s of speech", rows)
    report.times(run, spoken)
    return heard
